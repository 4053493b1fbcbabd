//! `otel-genai pricing`: what models cost, where the figures are from, and how to get newer ones.

pub(crate) mod answer;
mod arguments;
mod catalogues;
mod clear;
mod cost;
mod diff;
mod import;
mod lookup;
mod nearest;
mod price;
mod refresh;
mod status;
mod upstream;
mod usage;

pub(crate) use arguments::PricingArguments;

use crate::failure::Failure;
use crate::plain;
use arguments::PricingCommand;

/// Runs the command.
pub(crate) fn run(arguments: &PricingArguments) -> Result<(), Failure> {
    match &arguments.command {
        PricingCommand::Status(arguments) => status::run(arguments),
        PricingCommand::Lookup(arguments) => lookup::run(arguments),
        PricingCommand::Refresh(arguments) => refresh::run(arguments),
        PricingCommand::Diff(arguments) => diff::run(arguments),
        PricingCommand::Import(arguments) => import::run(arguments),
        PricingCommand::Clear(arguments) => clear::run(arguments),
    }
}
