//! `otel-genai doctor`: what is wrong, and what to do.

mod exporters;
mod finding;
mod source;
mod surroundings;

use std::path::Path;

use clap::Args;

use crate::arguments::SettingsArguments;
use crate::failure::Failure;
use crate::printed::print;
use finding::{Finding, Level};

/// Looks for what keeps traces from arriving, and says what to do
///
/// Checks the settings, each exporter (a receiver of OTLP by a real request without spans), the age of the prices, the
/// SDK's limits, variables that have no effect, the clock, and, in the folder of a Rust program that uses otel-genai,
/// whether its source registers a stock processor too. Changes nothing.
#[derive(Args, Debug)]
#[command(after_help = "Exit code: 0 nothing fails, though there may be warnings; 1 something fails.")]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    settings: SettingsArguments,
}

/// Runs the command.
pub(crate) fn run(arguments: &DoctorArguments) -> Result<(), Failure> {
    let mut findings = vec![surroundings::versions()];
    match arguments.settings.load() {
        Ok(settings) => {
            findings.extend(surroundings::settings(&settings));
            findings.extend(exporters::look(&settings));
            findings.push(surroundings::prices(&settings));
        }
        Err(failure) => findings.push(Finding::fail("settings", failure.to_string())),
    }
    findings.push(surroundings::limits());
    findings.extend(surroundings::useless_variables());
    findings.push(surroundings::clock());
    findings.extend(source::stock_processors(Path::new(".")));
    let failed = findings.iter().filter(|finding| finding.level == Level::Fail).count();
    let text: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
    print(text)?;
    match failed {
        0 => Ok(()),
        1 => Err(Failure::Work("1 check failed".into())),
        _ => Err(Failure::Work(format!("{failed} checks failed"))),
    }
}
