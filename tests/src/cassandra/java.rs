//! The JDK: finding it, and the flags that Cassandra needs.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::jars::Cassandra;
use crate::error::{Doing as _, Error, Result};

/// Cassandra 5.0 is made for 17. Its sandbox needs the security manager, which 24 has no longer.
const JDKS: std::ops::RangeInclusive<u32> = 17..=23;

const EXPORTS: &[&str] = &[
    "java.base/jdk.internal.misc",
    "java.base/java.lang.ref",
    "java.base/sun.nio.ch",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.sql/java.sql",
    "jdk.unsupported/sun.misc",
];
const OPENS: &[&str] = &[
    "java.base/java.io",
    "java.base/java.lang",
    "java.base/java.lang.module",
    "java.base/java.lang.reflect",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.loader",
    "java.base/jdk.internal.math",
    "java.base/jdk.internal.module",
    "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect",
    "java.base/jdk.internal.util.jar",
    "java.base/sun.nio.ch",
    "java.rmi/sun.rmi.transport.tcp",
    "jdk.management/com.sun.management.internal",
];

/// `java` of `JAVA_HOME`, else of the path, if its version will do.
pub(super) fn find() -> Result<PathBuf> {
    let java = match env::var_os("JAVA_HOME").filter(|home| !home.is_empty()) {
        Some(home) => Path::new(&home).join("bin/java"),
        None => PathBuf::from("java"),
    };
    let output = Command::new(&java)
        .arg("-version")
        .stdin(Stdio::null())
        .output()
        .doing(|| format!("run {}", java.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    match major_version(&said) {
        Some(version) if JDKS.contains(&version) => Ok(java),
        _ => {
            let wanted = format!("use {} as JDK {} to {}", java.display(), JDKS.start(), JDKS.end());
            Err(Error::said(wanted, said.lines().next().unwrap_or("it said no version")))
        }
    }
}

/// `17` of `openjdk version "17.0.15" 2025-04-15`.
fn major_version(said: &str) -> Option<u32> {
    let quoted = said.split('"').nth(1)?;
    quoted.split(['.', '-', '+']).next()?.parse().ok()
}

/// A command that runs `CassandraServer.java` in a mode, with the configuration in `directory`.
pub(super) fn server(cassandra: &Cassandra, mode: &str, directory: &Path, flags: &[OsString]) -> Command {
    let mut command = Command::new(&cassandra.java);
    for package in EXPORTS {
        command.arg("--add-exports").arg(format!("{package}=ALL-UNNAMED"));
    }
    for package in OPENS {
        command.arg("--add-opens").arg(format!("{package}=ALL-UNNAMED"));
    }
    command
        .args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss2m", "-Djava.security.manager=allow"])
        .args(["-Duser.timezone=UTC", "-Duser.language=en", "-Duser.country=US", "-Dfile.encoding=UTF-8"])
        .arg("-Djdk.attach.allowAttachSelf=true")
        .arg(property("cassandra.config", &format!("file://{}", directory.join("cassandra.yaml").display())))
        .arg(property("logback.configurationFile", &directory.join("logback.xml").display().to_string()))
        .arg(property("cassandra.storagedir", &directory.display().to_string()))
        .args(flags)
        .arg("-cp")
        .arg(cassandra.class_path())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("java/CassandraServer.java"))
        .arg(mode)
        .env("TZ", "UTC")
        .env_remove("COLUMNS")
        .env_remove("JAVA_TOOL_OPTIONS")
        .env_remove("CASSANDRA_CONF");
    command
}

/// A system property as a flag.
pub(super) fn property(name: &str, value: &str) -> OsString {
    format!("-D{name}={value}").into()
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn the_major_version_is_read_from_every_vendor_s_line() {
        assert_eq!(major_version("openjdk version \"17.0.15\" 2025-04-15\n"), Some(17));
        assert_eq!(major_version("java version \"21\" 2023-09-19 LTS\n"), Some(21));
        assert_eq!(major_version("openjdk version \"22-ea\" 2024-03-19\n"), Some(22));
        assert_eq!(major_version("openjdk version \"1.8.0_402\"\n"), Some(1));
        assert_eq!(major_version("no java here"), None);
    }
}
