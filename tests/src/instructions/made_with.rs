//! What counts depend on beside the code.

use std::env;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::{Comparison, Valgrind};

/// What counts depend on beside the code that is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeWith {
    /// `rustc --version`.
    pub rustc: String,
    /// The architecture of the processor.
    pub architecture: String,
    /// The system.
    pub system: String,
    /// Cargo's profile, by the name of its directory.
    pub profile: String,
    /// The first line of `cc --version`: LZ4 is written in C.
    pub c_compiler: String,
    /// The C library, which copies and compares memory.
    pub c_library: String,
    /// `valgrind --version`.
    pub valgrind: String,
    /// The features of the processor by which code chooses its way.
    pub processor: String,
}

impl MadeWith {
    /// What the running program was made with, and is counted by. What is not told is `unknown`.
    pub fn of_this_program(valgrind: &Valgrind) -> Self {
        Self {
            rustc: first_line(&env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()), &["--version"]),
            architecture: env::consts::ARCH.to_owned(),
            system: env::consts::OS.to_owned(),
            profile: profile_of(&env::current_exe().unwrap_or_default()).to_owned(),
            c_compiler: first_line(&env::var("CC").unwrap_or_else(|_| "cc".to_owned()), &["--version"]),
            c_library: first_line("getconf", &["GNU_LIBC_VERSION"]),
            valgrind: valgrind.version().to_owned(),
            processor: processor_features().join(" "),
        }
    }

    /// How counts of this can be compared with those of a baseline.
    pub fn compared_with(&self, baseline: &Self) -> Comparison {
        let differences = |pairs: &[(&str, &String, &String)]| -> Vec<String> {
            let differing = pairs.iter().filter(|(_, now, then)| now != then);
            differing.map(|(name, now, then)| format!("{name} `{now}` instead of `{then}`")).collect()
        };
        let decisive = differences(&[
            ("architecture", &self.architecture, &baseline.architecture),
            ("system", &self.system, &baseline.system),
            ("profile", &self.profile, &baseline.profile),
        ]);
        if !decisive.is_empty() {
            return Comparison::Impossible(decisive);
        }
        let lesser = differences(&[
            ("rustc", &self.rustc, &baseline.rustc),
            ("C compiler", &self.c_compiler, &baseline.c_compiler),
            ("C library", &self.c_library, &baseline.c_library),
            ("valgrind", &self.valgrind, &baseline.valgrind),
            ("processor", &self.processor, &baseline.processor),
        ]);
        if lesser.is_empty() { Comparison::Exact } else { Comparison::Rough(lesser) }
    }
}

/// The profile of a program in `target/<profile>/deps`.
fn profile_of(program: &Path) -> &str {
    let directory = program.ancestors().skip(1).find(|directory| !directory.ends_with("deps"));
    directory.and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or("unknown")
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success());
    let told = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    told.lines().next().unwrap_or("unknown").trim().to_owned()
}

#[cfg(target_arch = "x86_64")]
fn processor_features() -> Vec<&'static str> {
    let features = [
        ("sse4.2", std::is_x86_feature_detected!("sse4.2")),
        ("pclmulqdq", std::is_x86_feature_detected!("pclmulqdq")),
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("bmi2", std::is_x86_feature_detected!("bmi2")),
    ];
    features.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn processor_features() -> Vec<&'static str> {
    Vec::new()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn some() -> MadeWith {
        MadeWith {
            rustc: "rustc 1.95.0".to_owned(),
            architecture: "x86_64".to_owned(),
            system: "linux".to_owned(),
            profile: "counted".to_owned(),
            c_compiler: "cc 12.2.0".to_owned(),
            c_library: "glibc 2.36".to_owned(),
            valgrind: "valgrind-3.19.0".to_owned(),
            processor: "sse4.2 avx2".to_owned(),
        }
    }

    #[test]
    fn the_same_is_compared_exactly() {
        assert_eq!(some().compared_with(&some()), Comparison::Exact);
    }

    #[test]
    fn other_tools_are_compared_roughly_and_named() {
        let now = MadeWith { rustc: "rustc 1.96.0".to_owned(), c_library: "glibc 2.41".to_owned(), ..some() };
        let differences = [
            "rustc `rustc 1.96.0` instead of `rustc 1.95.0`",
            "C library `glibc 2.41` instead of `glibc 2.36`",
        ];
        assert_eq!(now.compared_with(&some()), Comparison::Rough(differences.map(str::to_owned).to_vec()));
    }

    #[test]
    fn another_architecture_system_or_profile_is_not_compared() {
        let others = [
            (
                MadeWith { architecture: "aarch64".to_owned(), ..some() },
                "architecture `aarch64` instead of `x86_64`",
            ),
            (MadeWith { system: "macos".to_owned(), ..some() }, "system `macos` instead of `linux`"),
            (MadeWith { profile: "release".to_owned(), ..some() }, "profile `release` instead of `counted`"),
        ];
        for (now, difference) in others {
            assert_eq!(now.compared_with(&some()), Comparison::Impossible(vec![difference.to_owned()]));
        }
    }

    #[test]
    fn the_profile_is_that_of_the_directory() {
        assert_eq!(profile_of(Path::new("/t/counted/deps/instructions-12")), "counted");
        assert_eq!(profile_of(Path::new("/t/release/instructions")), "release");
        assert_eq!(profile_of(Path::new("")), "unknown");
    }
}
