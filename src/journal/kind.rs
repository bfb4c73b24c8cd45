//! What a record is, as a number of its header.

use crate::num::numbered;

numbered! {
    /// What a record is. Inputs are below 64, outputs below 128, facts from 128.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum RecordKind {
        /// How the session was set up.
        Session = 1,
        /// A message of a connection, as it came.
        Frame = 2,
        /// The engine was woken.
        Wake = 3,
        /// A table was handed to the engine.
        Table = 4,
        /// The body of a REST answer.
        Rest = 5,
        /// A connection came up or went down.
        Link = 6,
        /// A command of the operator: stop, flatten or halt.
        Command = 7,
        /// Proof of life without content.
        Alive = 8,
        /// What an imported recording is; `drive` gives the bytes their meaning.
        Recording = 9,
        /// A block of messages of an imported recording; see [`super::market_message`].
        Market = 10,
        /// Requests began to leave too late, or in time again.
        Slow = 11,
        /// A request, before signing.
        Unsigned = 64,
        /// The machinery failed; the number says how.
        Fault = 65,
        /// What was believed after a step; see [`super::Fact::Snapshot`].
        Snapshot = 128,
        /// A fill of ours; see [`super::Fact::Filled`].
        Filled = 129,
        /// A turn of the kill switch; see [`super::Fact::Turned`].
        Turned = 130,
        /// A refusal by risk; see [`super::Fact::Refused`].
        Refused = 131,
        /// A loss of records; see [`super::Fact::Dropped`].
        Dropped = 132,
        /// The end in good order; see [`super::Fact::End`].
        End = 133,
    }
}
