//! `otel-genai redact`: text without secrets and personal data.

mod arguments;
mod evaluate;
mod list;
mod units;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write, stderr, stdin};
use std::path::Path;

use otel_genai::redact::{Finding, RuleSet};
use serde_json::json;

pub(crate) use arguments::RedactArguments;

use crate::arguments::Stream;
use crate::failure::Failure;
use crate::input;
use crate::output::Output;
use crate::plain;
use units::{Unit, Units};

/// How much of what stands before a line is looked at with it, in bytes: further words of context do not reach.
const CONTEXT: usize = 512;

/// Runs the command.
pub(crate) fn run(arguments: &RedactArguments) -> Result<(), Failure> {
    let rules = arguments.rule_set()?;
    if arguments.rules {
        return list::run(arguments.json);
    }
    if let Some(path) = &arguments.evaluate {
        return evaluate::run(&rules, path, arguments.json);
    }
    input::refuse_output(std::slice::from_ref(&arguments.input), &arguments.output.output)?;
    let reader: Box<dyn BufRead> = match arguments.input.path() {
        None => Box::new(BufReader::new(stdin())),
        Some(path) => Box::new(open(path)?),
    };
    let mut work = Work {
        rules: &rules,
        output: arguments.output.create()?,
        json: arguments.json,
        is_live: arguments.output.output == Stream::Standard,
        before: String::new(),
        found: BTreeMap::new(),
    };
    let mut units = Units::new(reader);
    loop {
        let unit = units.next().map_err(|error| {
            let name =
                arguments.input.path().map_or("standard input".into(), |path| path.display().to_string());
            Failure::Work(format!("cannot read {name}: {error}"))
        })?;
        let Some(unit) = unit else { break };
        match work.write(&unit) {
            Ok(()) => {}
            // The reader of our output has what it wants, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(arguments.output.unwritable(&error)),
        }
    }
    let Work { output, found, .. } = work;
    output.finish().map_err(|error| arguments.output.unwritable(&error))?;
    if units.repaired > 0 && !arguments.quiet {
        let lines = plain::number(units.repaired, "line", "lines");
        let _ =
            writeln!(stderr().lock(), "note: {lines} had bytes that are not UTF-8, now shown as \u{fffd}");
    }
    report(arguments, &found)
}

pub(super) fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    let file = File::open(path);
    file.map(BufReader::new)
        .map_err(|error| Failure::Work(format!("cannot read {}: {error}", path.display())))
}

/// Prints what was found, by rule, or fails with it.
fn report(arguments: &RedactArguments, found: &BTreeMap<String, usize>) -> Result<(), Failure> {
    let total: usize = found.values().sum();
    let by_rule: Vec<String> = found.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
    let summary = match total {
        0 => "found nothing".to_owned(),
        _ => format!("found {total}: {}", by_rule.join(", ")),
    };
    if total > 0 && arguments.fail_on_finding {
        return Err(Failure::Found(summary));
    }
    if !arguments.quiet {
        // Who closed standard error does not want to read it.
        let _ = writeln!(stderr().lock(), "{summary}");
    }
    Ok(())
}

struct Work<'r> {
    rules: &'r RuleSet,
    output: Output,
    json: bool,
    /// Somebody may wait for each line.
    is_live: bool,
    /// The end of what went out last, as context for what comes.
    before: String,
    found: BTreeMap<String, usize>,
}

impl Work<'_> {
    fn write(&mut self, unit: &Unit) -> io::Result<()> {
        let mut before = if unit.is_json { String::new() } else { std::mem::take(&mut self.before) };
        let mut text = format!("{before}{}", unit.text);
        let mut redacted = self.rules.redact(&text);
        if !before.is_empty() && !redacted.text.starts_with(&before) {
            // A word in this unit says something about what is out already. That cannot be taken back.
            before.clear();
            text.clone_from(&unit.text);
            redacted = self.rules.redact(&text);
        }
        let findings = redacted.findings.iter().filter(|finding| finding.range.end > before.len());
        for finding in findings {
            *self.found.entry(finding.rule.to_string()).or_default() += 1;
        }
        let new = redacted.text.get(before.len()..).unwrap_or_default();
        if self.json {
            for finding in self.rules.scan(&text).iter().filter(|finding| finding.range.end > before.len()) {
                write_finding(&mut self.output, unit, before.len(), finding)?;
            }
        } else {
            self.output.write_all(new.as_bytes())?;
        }
        if self.is_live {
            self.output.flush()?;
        }
        self.before = tail(&format!("{before}{new}")).to_owned();
        Ok(())
    }
}

/// The last bytes of a text, from the start of a word on.
fn tail(text: &str) -> &str {
    let Some(mut from) = text.len().checked_sub(CONTEXT) else { return text };
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let rest = text.get(from..).unwrap_or_default();
    rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest)
}

fn write_finding(output: &mut Output, unit: &Unit, before: usize, finding: &Finding) -> io::Result<()> {
    let (from, to) = (finding.range.start.saturating_sub(before), finding.range.end - before);
    let lines = unit.text.get(..from).map_or(0, |text| text.matches('\n').count() as u64);
    let line = json!({
        "rule": finding.rule,
        "category": finding.category,
        "confidence": finding.confidence,
        "line": unit.line + lines,
        "start": unit.start + from as u64,
        "end": unit.start + to as u64,
    });
    writeln!(output, "{line}")
}
