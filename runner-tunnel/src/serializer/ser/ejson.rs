//! What EJSON needs to know of an object that is being written: whether it looks like a record, which only
//! its end tells, and where its last entry began, which is taken back when its value is undefined.

/// Sets of keys that mean something to a reader of EJSON.
const RECORDS: [&[&[u8]]; 7] = [
    &[b"\"$objectId\""],
    &[b"\"$date\""],
    &[b"\"$regexp\"", b"\"$flags\""],
    &[b"\"$InfNaN\""],
    &[b"\"$binary\""],
    &[b"\"$escape\""],
    &[b"\"$type\"", b"\"$value\""],
];

/// More entries than any record has.
const MANY: usize = 3;

/// Where an object and its first entries begin in the buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyLog {
    start: usize,
    entries: [usize; MANY],
    count: usize,
    last: usize,
}

impl KeyLog {
    #[inline]
    pub(super) fn new(start: usize) -> Self {
        Self {
            start,
            entries: [0; MANY],
            count: 0,
            last: 0,
        }
    }

    /// An entry begins here, with its comma if it has one.
    pub(super) fn entry(&mut self, at: usize) {
        if let Some(entry) = self.entries.get_mut(self.count) {
            *entry = at;
        }
        self.count += 1;
        self.last = at;
    }

    /// Removes the last entry; true if the object is empty again.
    pub(super) fn take_back(&mut self, out: &mut Vec<u8>) -> bool {
        out.truncate(self.last);
        self.count -= 1;
        self.count == 0
    }

    /// Wraps a whole object that looks like a record.
    pub(super) fn escape(&self, out: &mut Vec<u8>) {
        if self.count == 0 || self.count >= MANY {
            return;
        }
        let entries = &self.entries[..self.count];
        let keys: Vec<&[u8]> = entries
            .iter()
            .map(|&at| {
                let entry = &out[at..];
                let key = entry.strip_prefix(b",").unwrap_or(entry);
                let end = key.windows(2).position(|two| two == b"\":");
                &key[..end.map_or(0, |end| end + 1)]
            })
            .collect();
        let is_record = |record: &&[&[u8]]| {
            record.len() == keys.len() && record.iter().all(|key| keys.contains(key))
        };
        if RECORDS.iter().any(is_record) {
            out.splice(self.start..self.start, *br#"{"$escape":"#);
            out.push(b'}');
        }
    }
}
