//! `otel-genai config check`: whether the settings can be used.

use clap::Args;

use crate::arguments::SettingsArguments;
use crate::failure::Failure;
use crate::printed::print;

/// Checks that the settings can be used, without starting anything
#[derive(Args, Debug)]
#[command(
    after_help = "Exit code: 0 they can be used; 2 they cannot, and the error says where and what would be right."
)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    settings: SettingsArguments,
}

pub(super) fn run(arguments: &CheckArguments) -> Result<(), Failure> {
    let settings = arguments.settings.load()?;
    settings.validate().map_err(|error| Failure::Usage(error.to_string()))?;
    settings.propagator().map_err(|error| Failure::Usage(error.to_string()))?;
    let file = settings.file().map_or("no file".to_owned(), |path| path.display().to_string());
    let exporters = settings.exporters().join(", ");
    let exporters = if exporters.is_empty() { "none" } else { &exporters };
    print(format!("the settings can be used ({file}; exporters: {exporters})\n"))
}
