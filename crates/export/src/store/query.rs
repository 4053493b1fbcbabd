//! SQL of the user's own, which can only read.

use std::ops::ControlFlow;

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;

use super::error::StoreProblem;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A double.
    Real(f64),
    /// A text; what is not UTF-8 in it is replaced.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl From<ValueRef<'_>> for SqlValue {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(text) => Self::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }
}

/// Runs one query; `row` gets the names of the columns and each row until it breaks off.
pub(super) fn run(
    connection: &Connection,
    query: &str,
    mut row: impl FnMut(&[String], &[SqlValue]) -> ControlFlow<()>,
) -> Result<Vec<String>, StoreProblem> {
    connection.authorizer(Some(allow))?;
    let result = run_guarded(connection, query, &mut row);
    connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
    result
}

fn run_guarded(
    connection: &Connection,
    query: &str,
    row: &mut impl FnMut(&[String], &[SqlValue]) -> ControlFlow<()>,
) -> Result<Vec<String>, StoreProblem> {
    // Not from the cache: that statement would have been compiled without the guard.
    let mut statement = connection.prepare(query).map_err(explain)?;
    if !statement.readonly() {
        return Err(refused());
    }
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = statement.query([]).map_err(explain)?;
    while let Some(values) = rows.next().map_err(explain)? {
        let values: Vec<SqlValue> = (0..columns.len())
            .map(|index| values.get_ref(index).map(SqlValue::from))
            .collect::<Result<_, _>>()?;
        if row(&columns, &values).is_break() {
            break;
        }
    }
    Ok(columns)
}

/// Lets a query read the store and nothing else: no other file (`ATTACH`), no setting, no extension.
fn allow(context: AuthContext<'_>) -> Authorization {
    /// Lists of tables and columns.
    const PRAGMAS: [&str; 5] = ["table_info", "table_xinfo", "table_list", "index_list", "index_info"];
    let is_allowed = match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => function_name != "load_extension",
        AuthAction::Pragma { pragma_name, .. } => PRAGMAS.contains(&pragma_name),
        _ => false,
    };
    if is_allowed { Authorization::Allow } else { Authorization::Deny }
}

fn refused() -> StoreProblem {
    let detail =
        "only queries that read the store are allowed: one SELECT, VALUES, EXPLAIN or PRAGMA table_info";
    StoreProblem::Query { detail: detail.to_owned() }
}

fn explain(error: rusqlite::Error) -> StoreProblem {
    use rusqlite::ErrorCode::AuthorizationForStatementDenied;
    if error.sqlite_error_code() == Some(AuthorizationForStatementDenied) {
        return refused();
    }
    match error {
        rusqlite::Error::SqliteFailure(failure, _) if failure.code == rusqlite::ErrorCode::ApiMisuse => {
            StoreProblem::Query { detail: "there is no query".to_owned() }
        }
        rusqlite::Error::SqlInputError { msg, offset, .. } => {
            let place =
                usize::try_from(offset).map(|at| format!(" at character {}", at + 1)).unwrap_or_default();
            StoreProblem::Query { detail: format!("the query is not valid{place}: {msg}") }
        }
        rusqlite::Error::SqliteFailure(failure, message)
            if matches!(failure.code, rusqlite::ErrorCode::Unknown | rusqlite::ErrorCode::TypeMismatch) =>
        {
            let detail = message.unwrap_or_else(|| failure.to_string());
            StoreProblem::Query { detail: format!("the query failed: {detail}") }
        }
        rusqlite::Error::MultipleStatement => StoreProblem::Query {
            detail: "there is more than one statement; give them one by one".to_owned(),
        },
        other => other.into(),
    }
}
