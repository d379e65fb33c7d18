//! A node of Cassandra.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use cqlite_tests::cassandra::{self, Connection, CqlError, Node, Prepared, Response};

use super::{
    engine::{Answer, Column, Engine, Outcome, PAGES, Refusal, Request, UNREADABLE},
    node_log::NodeLog,
};

/// How long an index of a few rows may take. One that cannot be built is never.
const PATIENCE: Duration = Duration::from_secs(1);

pub struct CassandraEngine {
    node: Node,
    connection: Connection,
    log: NodeLog,
}

impl CassandraEngine {
    pub fn new(node: Node) -> Self {
        let connection = node.connect().unwrap();
        let log = NodeLog::of(&node);
        Self { node, connection, log }
    }

    fn outcome(&mut self, request: &Request) -> Outcome {
        let refused = |error| refusal(error, &request.cql);
        let prepared = match request.prepared.then(|| self.connection.prepare(&request.cql)).transpose() {
            Ok(prepared) => prepared,
            Err(error) => return Outcome { markers: None, result: Err(refused(error)) },
        };
        let markers = prepared.as_ref().map(|prepared| described(&prepared.variables));
        // What was bound to a statement that has other markers than thought is no statement's fault.
        let result = self.answer(prepared.as_ref(), request).map_err(refused);
        Outcome { markers, result }
    }

    fn answer(&mut self, prepared: Option<&Prepared>, request: &Request) -> Result<Answer, CqlError> {
        let mut sent = cassandra::Request {
            values: request.values.clone(),
            page_rows: request.page_rows,
            ..cassandra::Request::default()
        };
        let mut pages = Vec::new();
        loop {
            let response = match prepared {
                Some(prepared) => self.connection.execute_prepared(prepared, &sent)?,
                None => self.connection.query(&request.cql, &sent)?,
            };
            let page = match response {
                Response::Rows(page) => page,
                Response::Void => return Ok(Answer::Void),
                Response::SetKeyspace(name) => return Ok(Answer::Keyspace(name)),
                Response::SchemaChange(change) => return Ok(Answer::Schema(change)),
                Response::Prepared(_) => return Err(CqlError::Protocol("prepared instead of executed")),
            };
            pages.push(page.rows);
            sent.paging_state = page.paging_state;
            if sent.paging_state.is_none() || pages.len() > PAGES {
                return Ok(Answer::Rows { columns: described(&page.columns), pages });
            }
        }
    }
}

fn described(columns: &[cassandra::Column]) -> Vec<Column> {
    let column =
        |column: &cassandra::Column| Column { name: column.name.clone(), of_type: column.full_type.clone() };
    columns.iter().map(column).collect()
}

fn refusal(error: CqlError, cql: &str) -> Refusal {
    match error {
        CqlError::Server { code, message } => Refusal::new(code, message),
        CqlError::Protocol(what) => Refusal::new(UNREADABLE, what.to_owned()),
        other => panic!("{other} at {cql}"),
    }
}

impl Engine for CassandraEngine {
    fn execute(&mut self, request: &Request) -> Outcome {
        let mut outcome = self.outcome(request);
        if let Err(refusal) = &mut outcome.result
            && refusal.is_failure()
        {
            refusal.cause = self.log.thrown();
        }
        outcome
    }

    fn flush(&mut self, keyspace: &str) -> Result<(), String> {
        self.node.flush(keyspace, &[]).map_err(|error| error.to_string())
    }

    fn refuses_foreign(&self) -> bool {
        false
    }

    fn wait_for_indexes(&mut self, keyspace: &str) {
        let made = "SELECT index_name FROM system_schema.indexes WHERE keyspace_name = ?";
        let built = "SELECT index_name FROM system.\"IndexInfo\" WHERE table_name = ?";
        let mut count = |cql| {
            let values = [Some(keyspace.as_bytes().to_vec())];
            self.connection.execute_with(cql, &values).unwrap().rows.len()
        };
        let deadline = Instant::now() + PATIENCE;
        while count(built) < count(made) && Instant::now() < deadline {
            sleep(Duration::from_millis(2));
        }
    }
}
