//! The same job as rtcount's, on raw record batches in a file, by one thread and as fast as this machine allows: decode,
//! CRC-32C, split, hash, count, slide. It prints the top words of each window, and at last what it has cost.
//!
//!   limit FILE PARTITIONS
//!
//! The file has batches one after the other, each behind the number of its partition (4 bytes, big endian). The program
//! forgets no word and checks no bound: this is what a limit leaves out.

mod batches;
mod crc32c;
mod splitter;
mod window;
mod words;

use batches::{BatchFile, Record};
use splitter::Splitter;
use std::io::{self, BufWriter, Write};
use window::Window;
use words::Words;

const SLIDE_MS: i64 = 2_000;
const LATENESS_MS: i64 = 2_000;
/// Words are looked up in runs: their slots are fetched from memory while other words are hashed.
const RUN_WORDS: usize = 512;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, path, partitions] = &arguments[..] else {
        eprintln!("usage: limit FILE PARTITIONS");
        std::process::exit(2);
    };
    let partitions: usize = partitions.parse().expect("PARTITIONS is a number");
    let mut out = BufWriter::new(io::stdout().lock());
    let mut file = BatchFile::open(path)?;
    let mut latest = vec![i64::MIN; partitions];
    let mut splitter = Splitter::new();
    let mut words = Words::new();
    let mut window = Window::new();
    let (mut records, mut counted) = (0u64, 0u64);
    while let Some(batch) = file.next()? {
        let mut pane = i64::MIN;
        let mut max_ms = latest[batch.partition];
        batch.for_each(
            |Record {
                 timestamp_ms,
                 start,
                 end,
             }| {
                let number = timestamp_ms.div_euclid(SLIDE_MS);
                if number != pane || splitter.len() >= RUN_WORDS {
                    let ids = words.find(&mut splitter, batch.bytes);
                    counted += window.count(pane, ids);
                    pane = number;
                }
                splitter.split(batch.bytes, start, end);
                max_ms = max_ms.max(timestamp_ms);
                records += 1;
            },
        );
        counted += window.count(pane, words.find(&mut splitter, batch.bytes));
        latest[batch.partition] = max_ms;
        let watermark_ms = latest
            .iter()
            .min()
            .map_or(i64::MIN, |ms| ms.saturating_sub(LATENESS_MS));
        window.close_until(watermark_ms.div_euclid(SLIDE_MS), &words, |end, top| {
            write!(out, "{{\"window_end\":{},\"top\":[", end * SLIDE_MS)?;
            for (i, (id, count)) in top.iter().enumerate() {
                let comma = if i > 0 { "," } else { "" };
                write!(out, "{comma}[\"{}\",{count}]", words.text(*id))?;
            }
            writeln!(out, "]}}")
        })?;
    }
    writeln!(
        out,
        "{{\"records\":{records},\"words\":{counted},\"cpu_ns\":{}}}",
        processor_ns()
    )?;
    out.flush()
}

/// User and system time of this process so far.
fn processor_ns() -> u64 {
    #[repr(C)]
    struct Timespec {
        seconds: i64,
        nanoseconds: i64,
    }
    unsafe extern "C" {
        fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
    }
    const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;
    let mut time = Timespec {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the C library writes the time into a struct of its layout on Linux with 64 bits.
    let failed = unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(failed, 0, "clock_gettime");
    time.seconds as u64 * 1_000_000_000 + time.nanoseconds as u64
}
