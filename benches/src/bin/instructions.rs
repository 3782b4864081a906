//! Does one case so many times, for a tool that counts instructions: the difference of two counts is its price.
//!
//! Without arguments it names the cases.

use benches::serializer::cases;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        #[expect(clippy::print_stdout, reason = "the answer of a command")]
        for case in cases() {
            println!("{} {}", case.name, case.bytes);
        }
        return Ok(());
    };
    let times: u32 = arguments.next().ok_or("say how many times")?.parse()?;
    let all = cases();
    let case = all
        .iter()
        .find(|case| case.name == name)
        .ok_or("no such case")?;
    for _ in 0..times {
        case.run();
    }
    Ok(())
}
