//! What grows with the number of functions: compile time, start-up, calls, the program itself.

use std::time::Instant;

use anyhow::{Result, ensure};
use load_kit::child::Child;
use load_kit::client::Connection;
use load_kit::request;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::figures::{Figures, median, number};
use crate::generated::{Framework, Generated, Types};
use crate::peers::{BASE, SUBJECT};
use crate::pin;

/// Functions more, for the price of one.
const MORE: usize = 100;

const TASKS: [usize; 3] = [1, 100, 1000];

const STARTS: usize = 21;
const ROUNDS: usize = 15;
const CALLS: u32 = 4_000;

pub(crate) const COMPILE_OWN: &str = "compile time, types of its own";
pub(crate) const COMPILE_SHARED: &str = "compile time, shared types";

pub(crate) const CPU_RATIO: &str = "CPU per call with 1,000 tasks, ratio";

/// The figure's name for so many tasks.
pub(crate) fn start_up(tasks: usize) -> String {
    format!("start-up with {tasks} tasks")
}

pub(crate) async fn measure(figures: &mut Figures) -> Result<()> {
    many_tasks(figures).await?;
    one_more_function(figures)
}

async fn many_tasks(figures: &mut Figures) -> Result<()> {
    let mut programs = Vec::new();
    for functions in TASKS {
        let program = Generated {
            framework: Framework::Tunnel,
            functions,
            types: Types::Shared,
        };
        program.write()?;
        program.build()?;
        programs.push(program);
    }
    println!("\n## Many tasks\n");
    println!(
        "| tasks | start-up to the first answer (ms) | CPU of one call (µs) | program (MiB) |"
    );
    println!("|---:|---:|---:|---:|");
    let mut starts = vec![Vec::new(); programs.len()];
    for _ in 0..STARTS {
        for (program, starts) in programs.iter().zip(&mut starts) {
            starts.push(first_answer_seconds(*program).await?);
        }
    }
    let cpus = cpu_seconds(&programs).await?;
    if let [one, .., thousand] = &cpus[..] {
        let ratios = thousand
            .iter()
            .zip(one)
            .map(|(thousand, one)| thousand / one);
        figures.set(CPU_RATIO, SUBJECT, median(ratios.collect()));
    }
    for ((program, starts), cpus) in programs.iter().zip(starts).zip(cpus) {
        let tasks = program.functions;
        let (start, cpu_micros) = (median(starts) * 1e3, median(cpus) * 1e6);
        figures.set(&start_up(tasks), SUBJECT, start);
        #[expect(clippy::cast_precision_loss, reason = "MiB")]
        let mebibytes = program.binary().metadata()?.len() as f64 / 1024.0 / 1024.0;
        println!(
            "| {tasks} | {} | {} | {} |",
            number(start),
            number(cpu_micros),
            number(mebibytes)
        );
    }
    Ok(())
}

fn one_more_function(figures: &mut Figures) -> Result<()> {
    println!("\n## One more function\n");
    println!("| | {SUBJECT} | {BASE} | ratio |");
    println!("|---|---:|---:|---:|");
    for (what, types) in [(COMPILE_OWN, Types::Own), (COMPILE_SHARED, Types::Shared)] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            ours.push(compile_seconds(Framework::Tunnel, types)?);
            theirs.push(compile_seconds(Framework::Axum, types)?);
        }
        let (ours, theirs) = (median(ours) * 1e3, median(theirs) * 1e3);
        figures.set(what, SUBJECT, ours);
        figures.set(what, BASE, theirs);
        let ratio = ours / theirs;
        println!(
            "| {what} (ms) | {} | {} | {ratio:.2} |",
            number(ours),
            number(theirs)
        );
    }
    Ok(())
}

/// What one more function takes of a release build.
fn compile_seconds(framework: Framework, types: Types) -> Result<f64> {
    let with = |functions| Generated {
        framework,
        functions,
        types,
    };
    let (few, many) = (with(1), with(1 + MORE));
    for program in [few, many] {
        if !program.binary().exists() {
            program.write()?;
            program.build()?;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a hundred")]
    let more = MORE as f64;
    Ok((many.build()? - few.build()?) / more)
}

async fn start(program: Generated) -> Result<Child> {
    let mut command = Command::new(program.binary());
    command.env("RUST_LOG", "off");
    pin::to_servers(|| Child::start(command)).await
}

async fn first_answer_seconds(program: Generated) -> Result<f64> {
    let begun = Instant::now();
    let server = start(program).await?;
    let mut connection = Connection::open(server.addr).await?;
    call(&mut connection).await?;
    let seconds = begun.elapsed().as_secs_f64();
    server.stop().await?;
    Ok(seconds)
}

/// Of each program in turn, several times.
async fn cpu_seconds(programs: &[Generated]) -> Result<Vec<Vec<f64>>> {
    let mut servers = Vec::new();
    for program in programs {
        servers.push(start(*program).await?);
    }
    let mut samples = vec![Vec::new(); servers.len()];
    for _ in 0..ROUNDS {
        for (server, samples) in servers.iter().zip(&mut samples) {
            let mut connection = Connection::open(server.addr).await?;
            call(&mut connection).await?;
            let before = server.process.cpu_seconds();
            for _ in 0..CALLS {
                call(&mut connection).await?;
            }
            samples.push((server.process.cpu_seconds() - before) / f64::from(CALLS));
        }
    }
    for server in servers {
        server.stop().await?;
    }
    Ok(samples)
}

/// The first of the tasks, which every program has.
async fn call(connection: &mut Connection) -> Result<()> {
    const INPUT: &str = r#"{"input":{"a":40,"b":2,"names":[]}}"#;
    let head = request::head("bench.tasks.t0", "application/json", INPUT.len() as u64);
    connection
        .write
        .write_all(&[head.as_bytes(), INPUT.as_bytes()].concat())
        .await?;
    let head = connection.read.head().await?;
    let mut is_right = false;
    let read = connection.read.body(head, |bytes| {
        is_right = bytes == br#"{"ok":true,"result":{"sum":42,"names":[]}}"#;
    });
    read.await?;
    ensure!(
        is_right,
        "a task was answered wrong, with status {}",
        head.status
    );
    Ok(())
}
