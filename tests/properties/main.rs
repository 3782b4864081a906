//! What holds for every value and every text, with values and texts made at random.

mod hostile;
mod node;
mod round_trip;
mod unified;
mod values;
