//! A node of Cassandra under the same load.

use cqlite_tests::cassandra::{Bound, Connection, Node, Prepared, Request, Response};
use cqlite_tests::performance::Unit;

use crate::load::{
    Asked, Client, Engine, KeyDistribution, Operation, OperationKind, OperationMix, RecordShape, Result,
    Until, Workload,
};
use crate::suite::Stage;
use crate::suites::ground::{closed, engine};

/// A record has one field, so that an update writes the same bytes to both.
const SHAPE: RecordShape = RecordShape { fields: 1, field_bytes: 1_000, ..RecordShape::YCSB };

/// Workloads without scans.
const WORKLOADS: [Workload; 3] = [Workload::YcsbA, Workload::YcsbB, Workload::YcsbC];

/// The node and CQLite in turns.
///
/// # Errors
/// If the node cannot be started, or an operation fails.
pub fn run(stage: &Stage) -> Result<()> {
    let cassandra = stage.cassandra()?;
    stage.tell("a node of Cassandra starts");
    let node = Node::builder(&cassandra, stage.empty("node")?).start()?;
    let records = stage.scale().of(100, 10_000, 100_000);
    let beside = CassandraEngine::new(node)?;
    let own = engine(stage, &stage.empty("data")?, SHAPE)?;
    for engine in [&beside as &dyn Engine, &own] {
        stage.tell(format!("{records} records are written into {}", engine.name()));
        let asked = Asked::new(OperationMix::only(OperationKind::Insert), KeyDistribution::Uniform, 0)?;
        let until = Until::Operations(records);
        let driven = closed(stage, "load", engine, &asked, stage.busy_clients(), until, 0)?;
        let figure = format!("peers.node.load.{}", engine.name().to_lowercase());
        stage.monitor().record_metric(&figure, Unit::PerSecond, driven.all.throughput());
    }
    for round in 0..stage.rounds() {
        for workload in WORKLOADS {
            let mut rates = Vec::new();
            for engine in [&beside as &dyn Engine, &own] {
                stage.tell(format!("{workload} on {}, round {}", engine.name(), round + 1));
                let asked = Asked::new(workload.mix(), workload.distribution(), records)?;
                let name = format!("peers.node.{workload}.{}", engine.name().to_lowercase());
                let until = Until::Operations(records);
                let driven = closed(stage, &name, engine, &asked, stage.busy_clients(), until, round)?;
                stage.monitor().record_metric(&name, Unit::PerSecond, driven.all.throughput());
                rates.push(driven.all.throughput());
            }
            if let [beside, own] = rates[..] {
                let figure = format!("peers.node.{workload}.to_cassandra");
                stage.monitor().record_metric(&figure, Unit::Times, own / beside);
            }
        }
    }
    own.close()?;
    Ok(beside.node.stop()?)
}

/// A node, which clients ask by prepared statements over connections of their own.
struct CassandraEngine {
    node: Node,
}

impl CassandraEngine {
    fn new(node: Node) -> Result<Self> {
        let mut connection = node.connect()?;
        connection.execute(
            "CREATE KEYSPACE load WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        )?;
        connection.execute("CREATE TABLE load.records (key blob PRIMARY KEY, field0 blob)")?;
        Ok(Self { node })
    }
}

impl Engine for CassandraEngine {
    fn name(&self) -> &'static str {
        "Cassandra"
    }

    fn client(&self) -> Result<Box<dyn Client + '_>> {
        let mut connection = self.node.connect()?;
        let read = connection.prepare("SELECT * FROM load.records WHERE key = ?")?;
        let insert = connection.prepare("INSERT INTO load.records (field0, key) VALUES (?, ?)")?;
        Ok(Box::new(CassandraClient { connection, read, insert, value: Vec::new(), version: 0 }))
    }

    fn settle(&self) -> Result<()> {
        Ok(())
    }
}

struct CassandraClient {
    connection: Connection,
    read: Prepared,
    insert: Prepared,
    value: Vec<u8>,
    version: u64,
}

impl CassandraClient {
    fn write(&mut self, number: u64, version: u64) -> Result<u64> {
        SHAPE.write_field(number, 0, version, &mut self.value);
        let key = SHAPE.key(number).to_vec();
        let values = vec![Bound::Bytes(self.value.clone()), Bound::Bytes(key)];
        self.connection.execute_prepared(&self.insert, &Request { values, ..Request::default() })?;
        Ok(1)
    }

    fn read(&mut self, number: u64) -> Result<u64> {
        let values = vec![Bound::Bytes(SHAPE.key(number).to_vec())];
        let request = Request { values, ..Request::default() };
        match self.connection.execute_prepared(&self.read, &request)? {
            Response::Rows(page) => Ok(page.rows.len() as u64),
            _ => Err("a SELECT is answered without rows".into()),
        }
    }
}

impl Client for CassandraClient {
    fn carry_out(&mut self, operation: &Operation) -> Result<u64> {
        match *operation {
            Operation::Read(number) => self.read(number),
            Operation::Insert(number) => self.write(number, 0),
            Operation::Update(number) => {
                self.version = self.version.wrapping_add(1);
                self.write(number, self.version)
            }
            _ => Err(format!("{operation:?} is not asked of a node").into()),
        }
    }
}
