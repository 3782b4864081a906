//! What a scenario has found, and the table of them all.

use std::fmt;

/// What one scenario has found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) name: &'static str,
    /// How many of what.
    pub(crate) amount: String,
    pub(crate) peak_resident_bytes: u64,
    pub(crate) results: Vec<String>,
    /// What did not hold.
    pub(crate) faults: Vec<String>,
}

impl Report {
    pub(crate) fn of(amount: impl Into<String>) -> Self {
        Self {
            amount: amount.into(),
            ..Self::default()
        }
    }

    pub(crate) fn say(&mut self, result: impl Into<String>) {
        self.results.push(result.into());
    }

    /// Says what was found, and whether it is as it should be.
    pub(crate) fn demand(&mut self, holds: bool, result: impl Into<String>) {
        let result = result.into();
        if !holds {
            self.faults.push(result.clone());
        }
        self.results.push(result);
    }

    /// What is worth a word only if it does not hold.
    pub(crate) fn check(&mut self, holds: bool, fault: impl Into<String>) {
        if !holds {
            self.faults.push(fault.into());
        }
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.faults.is_empty()
    }
}

/// As Markdown, with the faults below.
pub(crate) struct Table<'a>(pub(crate) &'a [Report]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | how much | peak RSS | result | verdict |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for report in self.0 {
            writeln!(
                f,
                "| {} | {} | {} | {} | {} |",
                report.name,
                report.amount,
                mebibytes(report.peak_resident_bytes),
                report.results.join("; "),
                if report.is_ok() { "ok" } else { "FAIL" },
            )?;
        }
        for report in self.0 {
            for fault in &report.faults {
                writeln!(f, "FAIL {}: {fault}", report.name)?;
            }
        }
        Ok(())
    }
}

pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1024 * 1024))
}
