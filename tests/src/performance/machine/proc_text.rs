//! What the kernel's files say.

use std::path::{Path, PathBuf};

/// The value of a line `key: value` or `key : value`.
pub(super) fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    lines
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim())
        .filter(|value| !value.is_empty())
}

/// The bytes of a line `key: 123 kB`.
pub(super) fn bytes_of(text: &str, key: &str) -> Option<u64> {
    value_of(text, key)?.strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1_024)
}

/// The type of the file system that a path is on, by `/proc/self/mountinfo`: of the mounts above the path the longest, and of
/// equally long ones the last, which covers the others.
pub(super) fn filesystem_of(mountinfo: &str, path: &Path) -> Option<String> {
    let mounts = mountinfo.lines().filter_map(|line| {
        let (mount, rest) = line.split_once(" - ")?;
        let point = unescaped(mount.split(' ').nth(4)?);
        Some((point, rest.split(' ').next()?))
    });
    let above = mounts.filter(|(point, _)| path.starts_with(point));
    above.max_by_key(|(point, _)| point.components().count()).map(|(_, kind)| kind.to_owned())
}

/// A path in which blanks and the like stand as `\040`.
fn unescaped(text: &str) -> PathBuf {
    let mut path = String::with_capacity(text.len());
    let mut parts = text.split('\\');
    path.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match (code, part.get(3..)) {
            (Some(code), Some(rest)) => {
                path.push(char::from(code));
                path.push_str(rest);
            }
            _ => {
                path.push('\\');
                path.push_str(part);
            }
        }
    }
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_whole_key() {
        let text = "model\t\t: 143\nmodel name\t: A CPU: fast\nMemTotal:       24000000 kB\nempty:\n";
        assert_eq!(value_of(text, "model name"), Some("A CPU: fast"));
        assert_eq!(value_of(text, "empty"), None);
        assert_eq!(bytes_of(text, "MemTotal"), Some(24_576_000_000));
        assert_eq!(bytes_of(text, "model"), None);
    }

    #[test]
    fn a_path_is_on_the_nearest_mount_above_it_and_the_last_of_two_at_one_place() {
        let mountinfo = "20 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
                         21 20 0:5 / /tmp rw - ext2 /dev/x rw\n\
                         22 20 0:5 / /tmp rw - tmpfs tmpfs rw\n\
                         23 20 0:6 / /with\\040blank rw - xfs /dev/y rw\n\
                         broken line\n";
        let on = |path: &str| filesystem_of(mountinfo, Path::new(path));
        assert_eq!(on("/home/x").as_deref(), Some("ext4"));
        assert_eq!(on("/tmp/x").as_deref(), Some("tmpfs"));
        assert_eq!(on("/tmpx").as_deref(), Some("ext4"));
        assert_eq!(on("/with blank/x").as_deref(), Some("xfs"));
        assert_eq!(filesystem_of("", Path::new("/")), None);
    }
}
