//! Record batches of a file, as a broker sends them (format 2, not compressed).

use crate::crc32c::Crc32c;
use std::fs::File;
use std::io::{self, Error, ErrorKind, Read};

/// Small enough for the second cache: what is read is still there when it is decoded.
const READ_BYTES: usize = 256 * 1024;
/// Words are read sixteen bytes at a time, beyond their end too.
pub const PADDING: usize = 64;
const FRAME_BYTES: usize = 4;
/// Base offset and length, which the length does not count.
const PREFIX_BYTES: usize = 12;
const HEADER_BYTES: usize = 61;

pub struct BatchFile {
    file: File,
    crc32c: Crc32c,
    buffer: Vec<u8>,
    begin: usize,
    end: usize,
}

pub struct Batch<'a> {
    pub partition: usize,
    /// From the base offset on, and `PADDING` bytes more.
    pub bytes: &'a [u8],
}

pub struct Record {
    pub timestamp_ms: i64,
    /// Where its value is in the bytes of the batch.
    pub start: usize,
    pub end: usize,
}

impl BatchFile {
    pub fn open(path: &str) -> io::Result<Self> {
        Ok(BatchFile {
            file: File::open(path)?,
            crc32c: Crc32c::new(),
            buffer: vec![0; READ_BYTES + PADDING],
            begin: 0,
            end: 0,
        })
    }

    /// The next batch, whose CRC is right; none at the end of the file.
    pub fn next(&mut self) -> io::Result<Option<Batch<'_>>> {
        if !self.fill(FRAME_BYTES + PREFIX_BYTES)? {
            return Ok(None);
        }
        let partition = u32_at(&self.buffer, self.begin) as usize;
        let length = PREFIX_BYTES + u32_at(&self.buffer, self.begin + FRAME_BYTES + 8) as usize;
        if length < HEADER_BYTES || !self.fill(FRAME_BYTES + length)? {
            return Err(damaged("a batch is cut off"));
        }
        let from = self.begin + FRAME_BYTES;
        self.begin = from + length;
        let bytes = &self.buffer[from..from + length + PADDING];
        if self.crc32c.of(&bytes[21..length]) != u32_at(bytes, 17) {
            return Err(damaged("the CRC of a batch is wrong"));
        }
        if bytes[16] != 2 || bytes[22] & 7 != 0 {
            return Err(damaged("a batch has another format, or is compressed"));
        }
        Ok(Some(Batch { partition, bytes }))
    }

    /// Reads until so many bytes are there; false at the end of the file.
    fn fill(&mut self, wanted: usize) -> io::Result<bool> {
        while self.end - self.begin < wanted {
            self.buffer.copy_within(self.begin..self.end, 0);
            self.end -= self.begin;
            self.begin = 0;
            if self.buffer.len() < wanted + PADDING {
                self.buffer.resize(wanted + READ_BYTES + PADDING, 0);
            }
            let room = self.buffer.len() - PADDING;
            match self.file.read(&mut self.buffer[self.end..room])? {
                0 if self.end == 0 => return Ok(false),
                0 => return Err(damaged("the file ends within a batch")),
                read => self.end += read,
            }
        }
        Ok(true)
    }
}

impl Batch<'_> {
    pub fn for_each(&self, mut take: impl FnMut(Record)) {
        let bytes = self.bytes;
        let base_ms = i64::from_be_bytes(bytes[27..35].try_into().expect("eight bytes"));
        let mut at = HEADER_BYTES;
        for _ in 0..u32_at(bytes, 57) {
            let length = varint(bytes, &mut at);
            let end = at + length as usize;
            assert!(end <= bytes.len() - PADDING, "a record is cut off");
            at += 1; // attributes
            let timestamp_ms = base_ms + varint(bytes, &mut at);
            varint(bytes, &mut at); // offset
            at += varint(bytes, &mut at).max(0) as usize; // key
            let length = varint(bytes, &mut at);
            if length > 0 {
                take(Record {
                    timestamp_ms,
                    start: at,
                    end: at + length as usize,
                });
            }
            at = end;
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

#[inline(always)]
fn varint(bytes: &[u8], at: &mut usize) -> i64 {
    let mut value = 0u64;
    let mut shift = 0;
    loop {
        let byte = bytes[*at];
        *at += 1;
        value |= ((byte & 127) as u64) << shift;
        if byte < 128 {
            return (value >> 1) as i64 ^ -((value & 1) as i64);
        }
        shift += 7;
    }
}

fn damaged(message: &str) -> Error {
    Error::new(ErrorKind::InvalidData, message)
}
