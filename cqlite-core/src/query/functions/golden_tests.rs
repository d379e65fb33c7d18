//! What functions give, compared with the answers of a node of Cassandra 5.0.9 (`golden/functions.txt`).
//!
//! The file has the columns of a table, its rows as bytes, and a line for each expression that was selected: of which row
//! (`*`: all), how the column of the result is called, its type and its values, or the code and message of the refusal.

use cqlite_cql::Spanned;
use cqlite_cql::query::{ArithmeticOperator, CqlStatement, Selectable};
use cqlite_sstable::types::CqlType;

use super::{Function, FunctionName, argument_spec, find};
use crate::query::test_schema::TestSchema;
use crate::query::{
    Assignable, Assignment, BindMarkers, Bindings, ColumnSpec, PreparedTerm, QueryError, QueryResult, Scope,
    test_type,
};

const GOLDEN: &str = include_str!("golden/functions.txt");

type Row = Vec<Option<Vec<u8>>>;

/// The table of the golden file.
#[derive(Default)]
struct Table {
    columns: Vec<(String, CqlType)>,
    rows: Vec<Row>,
}

fn value(text: &str) -> Option<Vec<u8>> {
    let hex = text.strip_prefix('x')?;
    Some((0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect())
}

fn spec(of: &CqlType) -> ColumnSpec {
    ColumnSpec {
        keyspace: "gold".into(),
        table: "t".into(),
        name: "x".into(),
        cql_type: of.clone(),
        is_descending: false,
    }
}

/// A part of a select clause.
#[derive(Clone, Copy)]
enum Shape<'a> {
    One(&'a Selectable),
    /// The operands of a chain of operations, without the last ones.
    Chain(&'a Spanned<Selectable>, &'a [(ArithmeticOperator, Spanned<Selectable>)]),
}

/// A part of a select clause over a table.
#[derive(Clone, Copy)]
struct Expression<'a> {
    shape: Shape<'a>,
    table: &'a Table,
}

/// What a part is, once its types are known.
enum Typed<'a> {
    Column(usize),
    Term(PreparedTerm),
    Call(Function, Vec<(Expression<'a>, Typed<'a>)>),
}

impl<'a> Expression<'a> {
    fn one(self, selectable: &'a Selectable) -> Self {
        Self { shape: Shape::One(selectable), ..self }
    }

    fn call(self) -> Option<(FunctionName, Vec<Expression<'a>>)> {
        let chain = |first: &'a Spanned<Selectable>,
                     rest: &'a [(ArithmeticOperator, Spanned<Selectable>)]| {
            let ((operator, right), left) = rest.split_last()?;
            let left = Self { shape: Shape::Chain(first, left), ..self };
            Some((FunctionName::of_operator(*operator), vec![left, self.one(&right.node)]))
        };
        match self.shape {
            Shape::Chain(first, []) => self.one(&first.node).call(),
            Shape::Chain(first, rest) => chain(first, rest),
            Shape::One(Selectable::Arithmetic { first, rest }) => chain(first, rest),
            Shape::One(Selectable::Function { name, arguments }) => Some((
                FunctionName::from(&**name),
                arguments.iter().map(|argument| self.one(&argument.node)).collect(),
            )),
            Shape::One(Selectable::Cast { selector, target }) => {
                Some((FunctionName::of_cast(*target), vec![self.one(&selector.node)]))
            }
            Shape::One(Selectable::Negation(selector)) => {
                Some((FunctionName::of_negation(), vec![self.one(&selector.node)]))
            }
            Shape::One(Selectable::CountAll) => Some((FunctionName::native("count_rows"), Vec::new())),
            Shape::One(_) => None,
        }
    }

    fn selectable(self) -> &'a Selectable {
        match self.shape {
            Shape::One(selectable) => selectable,
            Shape::Chain(first, _) => &first.node,
        }
    }

    fn find(self, scope: &Scope<'_>, receiver: Option<&ColumnSpec>) -> QueryResult<Option<Function>> {
        let (name, arguments) = self.call().unwrap();
        let arguments: Vec<&dyn Assignable> = arguments.iter().map(|argument| argument as _).collect();
        find(scope, &name, &arguments, receiver)
    }

    fn typed(self, scope: &Scope<'_>, wanted: Option<&ColumnSpec>) -> QueryResult<Typed<'a>> {
        if let Some((name, arguments)) = self.call() {
            let unknown = || QueryError::invalid(format!("Unknown function '{name}'"));
            let function = self.find(scope, wanted)?.ok_or_else(unknown)?;
            let mut typed = Vec::new();
            for (index, argument) in arguments.into_iter().enumerate() {
                let wanted = argument_spec(&spec(&CqlType::Empty), function.signature(), index);
                typed.push((argument, argument.typed(scope, Some(&wanted))?));
            }
            return Ok(Typed::Call(function, typed));
        }
        match self.selectable() {
            Selectable::Column(name) => {
                let place = self.table.columns.iter().position(|(known, _)| known == name.as_str());
                let undefined =
                    || QueryError::invalid(format!("Undefined column name {name} in table gold.t"));
                Ok(Typed::Column(place.ok_or_else(undefined)?))
            }
            Selectable::Term(term) => {
                let wanted = wanted.cloned().unwrap_or_else(|| spec(&CqlType::Int));
                PreparedTerm::prepare(term, &wanted, scope, &mut BindMarkers::default()).map(Typed::Term)
            }
            Selectable::TypeHint { type_name, selector } => {
                let of = scope.resolve_type(type_name)?;
                self.one(&selector.node).typed(scope, Some(&spec(&of)))
            }
            other => Err(QueryError::unsupported(format!("{other}"))),
        }
    }
}

impl Assignable for Expression<'_> {
    fn test(&self, scope: &Scope<'_>, receiver: &ColumnSpec) -> QueryResult<Assignment> {
        if let (None, Selectable::Term(term)) = (self.call(), self.selectable()) {
            return term.test(scope, receiver);
        }
        Ok(self.exact_type(scope)?.map_or(Assignment::Not, |of| test_type(&of, &receiver.cql_type)))
    }

    fn exact_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        if self.call().is_some() {
            let function = self.find(scope, None)?;
            return Ok(function.map(|function| function.signature().return_type().clone()));
        }
        match self.selectable() {
            Selectable::Column(name) => {
                let column = self.table.columns.iter().find(|(known, _)| known == name.as_str());
                Ok(column.map(|(_, of)| of.clone()))
            }
            Selectable::Term(term) => term.exact_type(scope),
            Selectable::TypeHint { type_name, .. } => {
                // Hints of functions that are made for their arguments are looked up in another keyspace.
                scope.resolve_type(type_name).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn compatible_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        match (self.call(), self.selectable()) {
            (None, Selectable::Term(term)) => term.compatible_type(scope),
            _ => self.exact_type(scope),
        }
    }

    fn text_in(&self, _: Option<&str>) -> String {
        if let Some((name, arguments)) = self.call() {
            let arguments: Vec<String> = arguments.iter().map(Assignable::text).collect();
            return format!("{name}({})", arguments.join(", "));
        }
        match self.selectable() {
            Selectable::Term(term) => term.text(),
            Selectable::TypeHint { type_name, selector } => {
                format!("({type_name}){}", self.one(&selector.node).text())
            }
            other => other.to_string(),
        }
    }
}

impl Typed<'_> {
    fn column_name(&self, expression: &Expression<'_>) -> String {
        match self {
            Self::Call(function, arguments) => {
                let names: Vec<String> = arguments.iter().map(|(of, typed)| typed.column_name(of)).collect();
                function.signature().column_name(&names)
            }
            _ => expression.text(),
        }
    }

    fn of_row(&self, row: &Row, bindings: &Bindings<'_>) -> QueryResult<Option<Vec<u8>>> {
        match self {
            Self::Column(index) => Ok(row[*index].clone()),
            Self::Term(term) => {
                Ok(term.evaluate(&Bindings { values: &[], ..*bindings })?.bytes().map(<[u8]>::to_vec))
            }
            Self::Call(Function::Scalar(function), arguments) => {
                let values = Self::all_of_row(arguments, row, bindings)?;
                let values: Vec<Option<&[u8]>> = values.iter().map(Option::as_deref).collect();
                let mut out = vec![0xEE];
                let is_value = function.execute(&values, bindings, &mut out)?;
                assert!(is_value || out.len() == 1, "null pushed something");
                Ok(is_value.then(|| out.split_off(1)))
            }
            Self::Call(Function::Aggregate(_), _) => panic!("an aggregate of one row"),
        }
    }

    fn all_of_row(
        arguments: &[(Expression<'_>, Typed<'_>)],
        row: &Row,
        bindings: &Bindings<'_>,
    ) -> QueryResult<Row> {
        arguments.iter().map(|(_, argument)| argument.of_row(row, bindings)).collect()
    }

    fn of_rows(&self, rows: &[Row]) -> QueryResult<Row> {
        let bindings = Bindings { values: &[], now_millis: 0 };
        let Self::Call(Function::Aggregate(function), arguments) = self else {
            return rows.iter().map(|row| self.of_row(row, &bindings)).collect();
        };
        let mut aggregation = function.begin();
        for row in rows {
            let values = Self::all_of_row(arguments, row, &bindings)?;
            let values: Vec<Option<&[u8]>> = values.iter().map(Option::as_deref).collect();
            aggregation.add(&values)?;
        }
        let mut out = Vec::new();
        let is_value = aggregation.finish(&mut out)?;
        Ok(vec![is_value.then_some(out)])
    }
}

/// A type as it is told to clients: nothing of it is frozen.
fn wire_type(of: &CqlType) -> String {
    of.cql_name().to_string().replace("frozen<", "").trim_end_matches('>').to_owned()
}

/// A message with the signatures of functions in one order: Cassandra's has none.
fn ordered(message: &str) -> String {
    let Some((head, rest)) = message.split_once(" signatures: ") else { return message.to_owned() };
    let (list, tail) = rest.rsplit_once(')').unwrap();
    let mut signatures: Vec<&str> =
        list.split(", system.").map(|one| one.trim_start_matches("system.")).collect();
    signatures.sort_unstable();
    format!("{head} signatures: {}){tail}", signatures.join(", "))
}

fn answer(expression: &str, table: &Table, rows: &[Row], scope: &Scope<'_>) -> QueryResult<String> {
    let statement = cqlite_cql::parse_cql(&format!("SELECT {expression} FROM t"))?;
    let CqlStatement::Select(select) = statement.node else { panic!("{expression}") };
    let expression = Expression { shape: Shape::One(&select.selectors[0].selectable.node), table };
    let typed = expression.typed(scope, None)?;
    let of = match &typed {
        Typed::Call(function, _) => function.signature().return_type().clone(),
        _ => panic!("no call"),
    };
    let values = typed.of_rows(rows)?;
    let shown = values.iter().map(|value| match value {
        Some(bytes) => bytes.iter().fold(String::from("x"), |text, byte| format!("{text}{byte:02x}")),
        None => String::from("-"),
    });
    let shown: Vec<String> = shown.collect();
    Ok(format!("{}\t{}\t{}", typed.column_name(&expression), wire_type(&of), shown.join(" ")))
}

#[test]
fn functions_give_what_cassandra_gives() {
    let schema = TestSchema::new();
    let scope = schema.scope();
    let mut table = Table::default();
    let (mut checked, mut wrong) = (0, Vec::new());
    for line in GOLDEN.lines() {
        let (kind, rest) = line.split_once('\t').unwrap();
        let fields: Vec<&str> = rest.split('\t').collect();
        match kind {
            "column" => table.columns.push((fields[0].to_owned(), schema.cql_type(fields[1]))),
            "row" => table.rows.push(rest.split(' ').map(value).collect()),
            _ => {
                let rows = match fields[0].parse::<usize>() {
                    Ok(row) => &table.rows[row..=row],
                    Err(_) => &table.rows,
                };
                let given = answer(fields[1], &table, rows, &scope).unwrap_or_else(|error| {
                    let message = error.message().replace('\\', "\\\\").replace('\n', "\\n");
                    format!("!{:04x}\t{message}", error.class().code())
                });
                checked += 1;
                let wanted = fields[2..].join("\t");
                if ordered(&given) != ordered(&wanted) {
                    wrong.push(format!(
                        "{}\n  here:  {given}\n  there: {}",
                        fields[1],
                        fields[2..].join("\t")
                    ));
                }
            }
        }
    }
    assert!(checked > 2000, "{checked}");
    assert!(wrong.is_empty(), "{} of {checked} differ:\n{}", wrong.len(), wrong.join("\n"));
}
