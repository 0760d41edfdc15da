//! The Splitter finds the words between commas, for many records at a time: the loops over words have no end that the
//! processor cannot predict.

use crate::batches::PADDING;

const SEPARATOR: u8 = b',';
/// Bytes that are compared at a time.
const BLOCK: usize = 64;
/// Positions that are written at a time; most blocks have fewer separators.
const STEP: usize = 16;

pub struct Splitter {
    /// Of the words so far, in the bytes of the batch. They have room for a step more.
    starts: Vec<u32>,
    ends: Vec<u32>,
    length: usize,
}

impl Splitter {
    pub fn new() -> Self {
        Splitter {
            starts: vec![0; STEP + 2],
            ends: vec![0; STEP + 2],
            length: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.length
    }

    /// Start and end of each word. Some are empty.
    pub fn words(&self) -> impl Iterator<Item = (usize, usize)> {
        let both = self.starts[..self.length].iter().zip(&self.ends[..self.length]);
        both.map(|(start, end)| (*start as usize, *end as usize))
    }

    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// `PADDING` bytes follow the value.
    #[inline(always)]
    pub fn split(&mut self, bytes: &[u8], start: usize, end: usize) {
        const { assert!(PADDING >= BLOCK) };
        let most = self.length + (end - start) + STEP + 2;
        if self.ends.len() < most {
            self.starts.resize(most * 2, 0);
            self.ends.resize(most * 2, 0);
        }
        self.starts[self.length] = start as u32;
        for from in (start..end).step_by(BLOCK) {
            let block = bytes[from..from + BLOCK].try_into().expect("a whole block");
            let left = end - from;
            let within = if left < BLOCK { (1 << left) - 1 } else { u64::MAX };
            let found = separators(block) & within;
            // SAFETY: each byte of the value and each step has room.
            unsafe {
                let ends = self.ends.as_mut_ptr().add(self.length);
                let next_starts = self.starts.as_mut_ptr().add(self.length + 1);
                write_positions(found, from as u32, ends, next_starts);
            }
            self.length += found.count_ones() as usize;
        }
        self.ends[self.length] = end as u32;
        self.length += 1;
    }
}

#[cfg(all(target_arch = "x86_64", target_feature = "avx512bw"))]
#[inline(always)]
fn separators(block: &[u8; BLOCK]) -> u64 {
    use std::arch::x86_64::*;
    // SAFETY: the block has 64 bytes.
    unsafe {
        _mm512_cmpeq_epi8_mask(
            _mm512_loadu_si512(block.as_ptr().cast()),
            _mm512_set1_epi8(SEPARATOR as i8),
        )
    }
}

#[cfg(not(all(target_arch = "x86_64", target_feature = "avx512bw")))]
#[inline(always)]
fn separators(block: &[u8; BLOCK]) -> u64 {
    (0..BLOCK).fold(0, |found, i| found | ((block[i] == SEPARATOR) as u64) << i)
}

/// Writes the position of each set bit, and the one after it.
///
/// # Safety
/// Both have room for the set bits and for `STEP` more.
#[cfg(all(target_arch = "x86_64", target_feature = "avx512vbmi2"))]
#[inline(always)]
unsafe fn write_positions(found: u64, from: u32, ends: *mut u32, next_starts: *mut u32) {
    use std::arch::x86_64::*;
    const INDEXES: [u8; BLOCK] = {
        let mut indexes = [0; BLOCK];
        let mut i = 0;
        while i < BLOCK {
            indexes[i] = i as u8;
            i += 1;
        }
        indexes
    };
    unsafe {
        let mut left = _mm512_maskz_compress_epi8(found, _mm512_loadu_si512(INDEXES.as_ptr().cast()));
        let mut at = 0;
        loop {
            let positions = _mm512_add_epi32(
                _mm512_cvtepu8_epi32(_mm512_castsi512_si128(left)),
                _mm512_set1_epi32(from as i32),
            );
            _mm512_storeu_si512(ends.add(at).cast(), positions);
            let after = _mm512_add_epi32(positions, _mm512_set1_epi32(1));
            _mm512_storeu_si512(next_starts.add(at).cast(), after);
            at += STEP;
            if at >= found.count_ones() as usize {
                return;
            }
            left = _mm512_alignr_epi64(_mm512_setzero_si512(), left, 2);
        }
    }
}

/// # Safety
/// Both have room for the set bits.
#[cfg(not(all(target_arch = "x86_64", target_feature = "avx512vbmi2")))]
#[inline(always)]
unsafe fn write_positions(mut found: u64, from: u32, ends: *mut u32, next_starts: *mut u32) {
    let mut at = 0;
    while found != 0 {
        let position = from + found.trailing_zeros();
        unsafe {
            *ends.add(at) = position;
            *next_starts.add(at) = position + 1;
        }
        at += 1;
        found &= found - 1;
    }
}
