//! Words is a table from the bytes of a word to its id. A slot has the word itself where it is short, so that a look-up
//! touches one cache line. Ids follow the order in which words come first, so that frequent words have their counts side by
//! side. Many words are looked up at a time: the slots of all are fetched from memory before the first is read.

use crate::splitter::Splitter;
use std::borrow::Cow;

/// A word of at most so many bytes is in its slot.
const SHORT: usize = 12;
const LENGTH_AT: u32 = 8 * SHORT as u32;
/// The upper bits of a slot have the id.
const ID_AT: u32 = LENGTH_AT + 4;
const KEY: u128 = (1 << ID_AT) - 1;
const BYTES: u128 = (1 << LENGTH_AT) - 1;
/// No key is 0: that of a short word has its length, and that of a long one a hash that is not 0.
const EMPTY: u128 = 0;
const FIRST_SLOTS: usize = 1 << 16;
/// Longer words are not counted.
const MAX_BYTES: usize = 256;
const SEEDS: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xE703_7ED1_A0B4_28DB];

/// For each length of a short word the bits of its bytes, and the length where a key has it.
const MASKS: [(u128, u128); SHORT + 1] = {
    let mut masks = [(0, 0); SHORT + 1];
    let mut length = 1;
    while length <= SHORT {
        masks[length] = ((1 << (8 * length)) - 1, (length as u128) << LENGTH_AT);
        length += 1;
    }
    masks
};

/// A word of the run.
struct Sought {
    key: u128,
    home: usize,
    start: u32,
    end: u32,
}

pub struct Words {
    /// Twelve bytes, the length (0 for a long word, which has a hash in place of its bytes), and the id.
    slots: Vec<u128>,
    texts: Vec<u8>,
    /// Where the text of each word begins, and where the last one ends.
    text_starts: Vec<u32>,
    run: Vec<Sought>,
    ids: Vec<u32>,
}

impl Words {
    pub fn new() -> Self {
        Words {
            slots: vec![EMPTY; FIRST_SLOTS],
            texts: Vec::new(),
            text_starts: vec![0],
            run: Vec::new(),
            ids: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.text_starts.len() - 1
    }

    pub fn text(&self, id: u32) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes_of(id as usize))
    }

    /// The ids of the words that the splitter has found in these bytes. The splitter is empty afterwards.
    pub fn find(&mut self, splitter: &mut Splitter, bytes: &[u8]) -> &[u32] {
        self.run.clear();
        for (start, end) in splitter.words() {
            let (start, end) = trim(bytes, start, end);
            let length = end - start;
            let key = if length <= SHORT {
                let (mask, tail) = MASKS[length];
                sixteen_bytes(bytes, start) & mask | tail
            } else if length <= MAX_BYTES {
                long_key(&bytes[start..end])
            } else {
                EMPTY
            };
            if key == EMPTY {
                continue;
            }
            let home = mix(key) as usize & (self.slots.len() - 1);
            fetch(&self.slots[home]);
            self.run.push(Sought {
                key,
                home,
                start: start as u32,
                end: end as u32,
            });
        }
        splitter.clear();
        self.ids.clear();
        for i in 0..self.run.len() {
            let Sought { key, home, .. } = self.run[i];
            let slot = self.slots[home & (self.slots.len() - 1)];
            let id = if slot & KEY == key && key > BYTES {
                (slot >> ID_AT) as u32
            } else {
                self.search(i, bytes)
            };
            self.ids.push(id);
        }
        &self.ids
    }

    /// The way of the words that are not short or not at the first place.
    #[inline(never)]
    fn search(&mut self, i: usize, bytes: &[u8]) -> u32 {
        let Sought { key, start, end, .. } = self.run[i];
        let text = &bytes[start as usize..end as usize];
        let mask = self.slots.len() - 1;
        // The table may have grown since the run began.
        let mut at = mix(key) as usize & mask;
        while self.slots[at] != EMPTY {
            let id = (self.slots[at] >> ID_AT) as usize;
            if self.slots[at] & KEY == key && (key > BYTES || self.bytes_of(id) == text) {
                return id as u32;
            }
            at = (at + 1) & mask;
        }
        let id = self.len();
        self.slots[at] = key | (id as u128) << ID_AT;
        self.texts.extend_from_slice(text);
        self.text_starts.push(self.texts.len() as u32);
        if self.len() * 2 > self.slots.len() {
            self.grow();
        }
        id as u32
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        let before = std::mem::replace(&mut self.slots, vec![EMPTY; mask + 1]);
        // In the order of ids, so that frequent words are at their first places.
        let mut taken: Vec<u128> = before.into_iter().filter(|slot| *slot != EMPTY).collect();
        taken.sort_unstable_by_key(|slot| slot >> ID_AT);
        for slot in taken {
            let mut at = mix(slot & KEY) as usize & mask;
            while self.slots[at] != EMPTY {
                at = (at + 1) & mask;
            }
            self.slots[at] = slot;
        }
    }

    fn bytes_of(&self, id: usize) -> &[u8] {
        &self.texts[self.text_starts[id] as usize..self.text_starts[id + 1] as usize]
    }
}

#[inline(always)]
fn trim(bytes: &[u8], start: usize, end: usize) -> (usize, usize) {
    if start < end && (bytes[start] <= b' ' || bytes[end - 1] <= b' ') {
        return trim_spaces(bytes, start, end);
    }
    (start, end)
}

#[cold]
fn trim_spaces(bytes: &[u8], mut start: usize, mut end: usize) -> (usize, usize) {
    while start < end && bytes[start].is_ascii_whitespace() {
        start += 1;
    }
    while start < end && bytes[end - 1].is_ascii_whitespace() {
        end -= 1;
    }
    (start, end)
}

#[inline(always)]
fn sixteen_bytes(bytes: &[u8], start: usize) -> u128 {
    u128::from_le_bytes(bytes[start..start + 16].try_into().expect("sixteen bytes"))
}

#[cold]
fn long_key(text: &[u8]) -> u128 {
    let mut hash = text.len() as u64;
    for part in text.chunks(8) {
        let mut eight = [0; 8];
        eight[..part.len()].copy_from_slice(part);
        hash = mix(u64::from_le_bytes(eight) as u128 | (hash as u128) << 64);
    }
    hash as u128 | 1
}

#[inline(always)]
fn mix(key: u128) -> u64 {
    let product = (key as u64 ^ SEEDS[0]) as u128 * ((key >> 64) as u64 ^ SEEDS[1]) as u128;
    product as u64 ^ (product >> 64) as u64
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn fetch(slot: &u128) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: fetching an address into the cache has no other effect.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(slot).cast()) }
}

#[cfg(not(target_arch = "x86_64"))]
fn fetch(_slot: &u128) {}
