//! `CREATE AGGREGATE`

use std::fmt;

use super::Term;
use super::function_text::FunctionText;
use crate::error::Result;
use crate::identifier::Identifier;
use crate::lexer::Keyword;
use crate::parser::Parser;
use crate::qualified_name::QualifiedName;
use crate::separated::Separated;
use crate::span::Spanned;
use crate::type_name::TypeName;

/// `CREATE [OR REPLACE] AGGREGATE name (types) SFUNC f STYPE type [FINALFUNC g] [INITCOND term]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateAggregateStatement {
    /// Whether `OR REPLACE` is given.
    pub or_replace: bool,
    /// Whether `IF NOT EXISTS` is given.
    pub if_not_exists: bool,
    /// The aggregate.
    pub name: QualifiedName,
    /// The types of its arguments.
    pub argument_types: Vec<TypeName>,
    /// The function that makes of a state and the arguments the next state.
    pub state_function: Identifier,
    /// The type of the state.
    pub state_type: TypeName,
    /// The function that makes of the last state the result.
    pub final_function: Option<Identifier>,
    /// The first state.
    pub initial_condition: Option<Spanned<Term>>,
}

impl CreateAggregateStatement {
    /// From `CREATE`.
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        let or_replace = parser.create_or_replace()?;
        parser.expect_keyword(Keyword::Aggregate)?;
        let if_not_exists = parser.if_not_exists()?;
        let name = parser.function_name()?;
        let argument_types = TypeName::parse_arguments(parser)?;
        parser.expect_keyword(Keyword::Sfunc)?;
        let state_function = parser.local_function_name()?;
        parser.expect_keyword(Keyword::Stype)?;
        let state_type = TypeName::parse(parser)?;
        let mut final_function = None;
        if parser.eat_keyword(Keyword::Finalfunc) {
            final_function = Some(parser.local_function_name()?);
        }
        let mut initial_condition = None;
        if parser.eat_keyword(Keyword::Initcond) {
            initial_condition = Some(Term::parse(parser)?);
        }
        Ok(CreateAggregateStatement {
            or_replace,
            if_not_exists,
            name,
            argument_types,
            state_function,
            state_type,
            final_function,
            initial_condition,
        })
    }
}

impl fmt::Display for CreateAggregateStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_replace = if self.or_replace { "OR REPLACE " } else { "" };
        let if_not_exists = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        let argument_types = Separated::by_comma(&self.argument_types);
        let name = FunctionText(&self.name);
        write!(f, "CREATE {or_replace}AGGREGATE {if_not_exists}{name}({argument_types})")?;
        write!(f, " SFUNC {} STYPE {}", self.state_function, self.state_type)?;
        self.final_function.iter().try_for_each(|function| write!(f, " FINALFUNC {function}"))?;
        self.initial_condition.iter().try_for_each(|term| write!(f, " INITCOND {term}"))?;
        f.write_str(";")
    }
}
