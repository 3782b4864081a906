//! stub
use bytes::Bytes;
pub(crate) fn boundary(_: &[u8]) -> Option<Vec<u8>> { None }
pub(crate) struct Parser;
impl Parser { pub(crate) fn new(_: &[u8]) -> Self { Self } pub(crate) fn push(&mut self, _: Bytes) {} pub(crate) fn finish(&mut self) {} pub(crate) fn next(&mut self) -> Result<Option<Event>, Malformed> { Ok(None) } }
pub(crate) enum Event { Part(PartHeader), Data(Bytes), PartEnd, End }
pub(crate) struct PartHeader { pub(crate) name: Option<String>, pub(crate) filename: Option<String>, pub(crate) content_type: Option<String>, pub(crate) is_form_data: bool }
#[derive(Debug)] pub(crate) struct Malformed { pub(crate) in_data: bool }
