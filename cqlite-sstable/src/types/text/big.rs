//! Integers of up to 1280 bits on the stack, enough for the digits of any double.

use std::cmp::Ordering;

const LIMBS: usize = 20;

/// An unsigned integer, the least significant limb first. The largest in use, ten times 2^1074, has 1078 bits.
#[derive(Clone)]
pub(super) struct Big {
    limbs: [u64; LIMBS],
    /// Limbs up to the last one that is not zero.
    used: usize,
}

impl Big {
    pub(super) fn power_of_five(mut n: i32) -> Self {
        let mut power = Self { limbs: [0; LIMBS], used: 1 };
        if let Some(first) = power.limbs.first_mut() {
            *first = 1;
        }
        while n > 0 {
            let step = n.min(27);
            power.multiply(5_u64.pow(step as u32));
            n -= step;
        }
        power
    }

    fn live(&self) -> &[u64] {
        self.limbs.get(..self.used).unwrap_or_default()
    }

    fn put(&mut self, limb: u64) {
        if let Some(free) = self.limbs.get_mut(self.used) {
            *free = limb;
            self.used += 1;
        }
    }

    pub(super) fn multiply(&mut self, factor: u64) {
        let mut carry = 0_u128;
        for limb in self.limbs.iter_mut().take(self.used) {
            let product = u128::from(*limb) * u128::from(factor) + carry;
            *limb = product as u64;
            carry = product >> 64;
        }
        if carry > 0 {
            self.put(carry as u64);
        }
    }

    pub(super) fn shift_left(&mut self, bits: i32) {
        let (limbs, bits) = (bits as usize / 64, bits as u32 % 64);
        self.multiply(1 << bits);
        if limbs > 0 {
            self.limbs.rotate_right(limbs);
            self.used = (self.used + limbs).min(LIMBS);
        }
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let by_length = self.used.cmp(&other.used);
        by_length.then_with(|| self.live().iter().rev().cmp(other.live().iter().rev()))
    }

    /// Compares `self + addend` with `other`.
    pub(super) fn compare_sum(&self, addend: &Self, other: &Self) -> Ordering {
        let mut sum = self.clone();
        sum.used = self.used.max(addend.used);
        let mut carry = 0_u128;
        for (limb, &added) in sum.limbs.iter_mut().zip(&addend.limbs).take(sum.used) {
            let total = u128::from(*limb) + u128::from(added) + carry;
            *limb = total as u64;
            carry = total >> 64;
        }
        if carry > 0 {
            sum.put(carry as u64);
        }
        sum.compare(other)
    }

    /// Divides by `divisor`, of which `self` holds less than ten, keeps the rest and returns the quotient.
    pub(super) fn take_quotient(&mut self, divisor: &Self) -> u8 {
        if self.used < divisor.used {
            return 0;
        }
        // The top 128 bits against the top 60 of the divisor: the estimate is never too large, and at most
        // one too small.
        let top = divisor.used.saturating_sub(1);
        let part = |limbs: &[u64], i: usize| limbs.get(i).copied().unwrap_or(0);
        let head = (u128::from(part(&self.limbs, top + 1)) << 64) | u128::from(part(&self.limbs, top));
        let mut quotient = (head / (u128::from(part(&divisor.limbs, top)) + 1)) as u64;
        self.subtract(divisor, quotient);
        while self.compare(divisor).is_ge() {
            self.subtract(divisor, 1);
            quotient += 1;
        }
        quotient as u8
    }

    fn subtract(&mut self, other: &Self, times: u64) {
        let (mut carry, mut borrow) = (0_u128, false);
        for (limb, &subtrahend) in self.limbs.iter_mut().zip(&other.limbs).take(self.used) {
            let product = u128::from(subtrahend) * u128::from(times) + carry;
            carry = product >> 64;
            let (first, under) = limb.overflowing_sub(product as u64);
            let (second, under_again) = first.overflowing_sub(u64::from(borrow));
            *limb = second;
            borrow = under || under_again;
        }
        while self.used > 0 && self.live().last() == Some(&0) {
            self.used -= 1;
        }
    }
}
