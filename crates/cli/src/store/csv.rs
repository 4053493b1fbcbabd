//! Comma-separated values, by RFC 4180 with line feeds.

use std::io::{self, Write};

/// Writes one record.
pub(super) fn write_record<'a>(
    output: &mut impl Write,
    fields: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            output.write_all(b",")?;
        }
        // An only field that is empty would be an empty line, which readers pass over.
        if field.is_empty() && index == 0 || field.contains([',', '"', '\n', '\r']) {
            write!(output, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            output.write_all(field.as_bytes())?;
        }
    }
    output.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let mut output = Vec::new();
        let records = [["a", "", "b c"], ["", "1,2", "say \"hi\"\nnow"]];
        for record in records {
            write_record(&mut output, record.into_iter()).expect("memory");
        }
        assert_eq!(String::from_utf8_lossy(&output), "a,,b c\n\"\",\"1,2\",\"say \"\"hi\"\"\nnow\"\n");
    }
}
