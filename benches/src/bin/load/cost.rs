//! What one call costs whatever the machine: instructions, and allocations.

use anyhow::Result;

use crate::figures::Figures;
use crate::peers::Peer;
use crate::valgrind::{self, Tool};
use crate::work::{ADD, ECHO_1K, ECHO_1M, NOTICE, Work};

const WORKS: [Work; 4] = [ADD, NOTICE, ECHO_1K, ECHO_1M];

pub(crate) fn instructions(work: Work) -> String {
    format!("instructions {}", work.name())
}

pub(crate) fn allocations(work: Work) -> String {
    format!("allocations {}", work.name())
}

pub(crate) async fn measure(peers: &[Peer], figures: &mut Figures) -> Result<()> {
    if !valgrind::is_present() {
        println!("valgrind is not installed: instructions and allocations are not counted.\n");
        return Ok(());
    }
    let native: Vec<Peer> = peers
        .iter()
        .copied()
        .filter(|peer| peer.is_native())
        .collect();
    for peer in &native {
        for work in WORKS {
            let counted = valgrind::each(Tool::Instructions, *peer, work).await?;
            figures.set(&instructions(work), peer.name, counted);
        }
        for work in [ADD, ECHO_1K] {
            let counted = valgrind::each(Tool::Allocations, *peer, work).await?;
            figures.set(&allocations(work), peer.name, counted);
        }
    }
    let columns = WORKS.map(|work| (instructions(work), ""));
    let more = [ADD, ECHO_1K].map(|work| (allocations(work), ""));
    let columns = [columns.as_slice(), more.as_slice()].concat();
    figures.print(
        "Instructions and allocations of one call",
        &native,
        &columns,
    );
    Ok(())
}
