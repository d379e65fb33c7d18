//! What Cassandra says: of a keyspace, while the node runs; of SSTables, by its tools, once they are in place.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use cqlite_tests::{
    cassandra::{Connection, Format, Tools},
    fixtures, repository,
};
use flate2::{Compression, GzBuilder};
use serde_json::json;

use crate::Result;

/// Writes the schema of a keyspace, and for each of its tables the rows.
pub(crate) fn of_keyspace(connection: &mut Connection, keyspace: &str, truth: &Path) -> Result<()> {
    fs::create_dir_all(truth)?;
    for (file, option) in [("schema.cql", ""), ("schema_internals.cql", " WITH INTERNALS")] {
        let described = connection.execute(&format!("DESCRIBE KEYSPACE {keyspace}{option}"))?;
        let statements: Vec<String> = described.rows.iter().filter_map(|row| text(row.get(3)?)).collect();
        fs::write(truth.join(file), statements.join("\n\n") + "\n")?;
    }
    for (relation, name) in [("tables", "table_name"), ("views", "view_name")] {
        let select =
            format!("SELECT {name} FROM system_schema.{relation} WHERE keyspace_name = '{keyspace}'");
        for row in connection.execute(&select)?.rows {
            let table = row.first().and_then(text).expect("a table has a name");
            of_table(connection, keyspace, &table, &truth.join(&table))?;
        }
    }
    Ok(())
}

fn of_table(connection: &mut Connection, keyspace: &str, table: &str, truth: &Path) -> Result<()> {
    fs::create_dir_all(truth)?;
    let quoted = format!("{keyspace}.\"{}\"", table.replace('"', "\"\""));
    match connection.execute(&format!("SELECT JSON * FROM {quoted}")) {
        Ok(rows) => write_gz(&truth.join("rows.json.gz"), lines(&rows.into_texts()).as_bytes())?,
        Err(error) => eprintln!("no JSON of {quoted}: {error}"),
    }
    let types = connection.execute(&format!(
        "SELECT column_name, type FROM system_schema.columns WHERE keyspace_name = '{keyspace}' \
         AND table_name = '{}'",
        table.replace('\'', "''")
    ))?;
    let type_of = |column: &str| {
        let named = types.rows.iter().find(|row| row.first().and_then(text).as_deref() == Some(column));
        named.and_then(|row| text(row.get(1)?)).expect("a column has a type")
    };
    let raw = connection.execute(&format!("SELECT * FROM {quoted}"))?;
    let columns: Vec<&str> = raw.columns.iter().map(|column| column.name.as_str()).collect();
    let column_types: Vec<String> = columns.iter().map(|column| type_of(column)).collect();
    let hex = |value: &Option<Vec<u8>>| value.as_deref().map(hex);
    let rows: Vec<String> =
        raw.rows.iter().map(|row| json!(row.iter().map(hex).collect::<Vec<_>>()).to_string()).collect();
    let whole = format!(
        "{{\"columns\": {},\n\"types\": {},\n\"rows\": {}}}\n",
        json!(columns),
        json!(column_types),
        lines(&rows).trim_end()
    );
    write_gz(&truth.join("raw.json.gz"), whole.as_bytes())
}

/// The options of sstabledump, and what the names of their outputs end in.
const DUMPS: [(Option<&str>, &str); 5] = [
    (None, "dump.json.gz"),
    (Some("-e"), "dump_e.json.gz"),
    (Some("-t"), "dump_t.json.gz"),
    (Some("-l"), "dump_l.jsonl.gz"),
    (Some("-d"), "dump_d.txt.gz"),
];

/// Writes what the tools say of every SSTable of a version.
pub(crate) fn of_sstables(tools: &mut Tools, version: &str) -> Result<()> {
    let here = format!("{}/", repository().display());
    for sstable in fixtures::sstables()?.iter().filter(|sstable| sstable.set == version) {
        let mut folder = fixtures::truth_of(version, &sstable.keyspace, &sstable.table);
        folder.extend(sstable.index.as_ref().map(|index| format!(".{index}")));
        fs::create_dir_all(&folder)?;
        let path = |suffix: &str| folder.join(format!("{}.{suffix}", sstable.id));
        for (option, suffix) in dumps(version, &sstable.keyspace) {
            let dump = tools.sstabledump(&sstable.data_path, option.as_slice())?;
            if dump.success() {
                write_gz(&path(suffix), &dump.stdout)?;
            } else if option.is_none() {
                let first = dump.stderr.lines().next().unwrap_or_default();
                eprintln!("no dump of {version} {}.{}: {first}", sstable.keyspace, sstable.table);
                write_gz(&path("dump.failed.json.gz"), &dump.stdout)?;
            }
        }
        let metadata = tools.sstablemetadata::<&str>(&sstable.data_path, &[])?;
        assert!(metadata.success(), "sstablemetadata: {}", metadata.stderr);
        write_gz(&path("metadata.txt.gz"), metadata.text().replace(&here, "").as_bytes())?;
    }
    Ok(())
}

/// How a row is printed does not depend on the format, and bytes that do not compress are kept once.
fn dumps(version: &str, keyspace: &str) -> &'static [(Option<&'static str>, &'static str)] {
    match version == Format::Nb.version() && keyspace != "compression" {
        true => &DUMPS,
        false => DUMPS.split_at(2).0,
    }
}

fn text(value: &Option<Vec<u8>>) -> Option<String> {
    value.as_ref().map(|bytes| String::from_utf8(bytes.clone()).expect("UTF-8"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A JSON array, an element a line.
fn lines(elements: &[String]) -> String {
    match elements {
        [] => "[\n]\n".to_owned(),
        elements => format!("[\n{}\n]\n", elements.join(",\n")),
    }
}

/// Without a name or a time in its header: equal content gives an equal file.
fn write_gz(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut gz = GzBuilder::new().write(File::create(path)?, Compression::best());
    gz.write_all(bytes)?;
    gz.finish()?;
    Ok(())
}
