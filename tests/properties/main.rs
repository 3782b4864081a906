//! What holds for every value and every text, with values, texts and forms made at random.

mod busboy;
mod forms;
mod hostile;
mod node;
mod round_trip;
mod values;
