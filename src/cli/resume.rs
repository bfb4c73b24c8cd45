//! `evenkeel resume`: takes a halt off a coin.

use crate::cli::{Exit, Failure};
use crate::host::file::state_dir;
use crate::session::state::latch::Latch;
use crate::session::state::store::StateFolder;
use clap::Args;

/// Let a coin be traded again after risk has halted it.
///
/// A halt is kept on disk for each venue, account and coin, and survives a restart. Read why it came
/// first: `evenkeel report` on the session's journal tells.
#[derive(Clone, Debug, Args)]
#[command(after_help = "EXIT     0 resumed   9 nothing is halted under that name\n\
                        EXAMPLE  evenkeel resume testnet-0x12ab-HYPE --reason \"a fat finger, not us\"")]
pub struct ResumeArgs {
    /// The halt, as the refused start named it.
    halt: String,
    /// Why trading may go on; it is kept beside the halt.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
}

/// Removes the halt, if there is one.
pub fn run(args: &ResumeArgs) -> Result<(), Failure> {
    let state = state_dir().map_err(Failure::of(Exit::Usage))?;
    let latch = Latch::named(&StateFolder::on_disk(state), &args.halt);
    let Some(why) = latch.why().map_err(Failure::of(Exit::Unexpected))? else {
        let words = format!("{:?} is not halted", args.halt);
        return Err(Failure::new(Exit::NotFound, words));
    };
    if !args.dry_run {
        latch.clear(&args.reason).map_err(Failure::of(Exit::Unexpected))?;
    }
    say!("evenkeel: {} may trade again; it was halted: {why}", args.halt);
    Ok(())
}
