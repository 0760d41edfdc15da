//! CRC-32C, which every batch has. The processor's instruction takes eight bytes in a cycle and gives its result three
//! cycles later, so three parts of a batch are computed at a time.

const POLYNOMIAL: u32 = 0x82F6_3B78;
/// Bytes of one of three parts.
const PART_BYTES: usize = 4_096;

pub struct Crc32c {
    /// What `PART_BYTES` zero bytes make of each byte of a CRC.
    shifts: [[u32; 256]; 4],
}

impl Crc32c {
    pub fn new() -> Self {
        // Column `n`: the CRC that bit `n` becomes behind one zero bit; squared until it stands for a whole part.
        let mut columns: [u32; 32] = std::array::from_fn(|n| if n == 0 { POLYNOMIAL } else { 1 << (n - 1) });
        let mut bits = 1;
        while bits < PART_BYTES * 8 {
            columns = columns.map(|column| apply(&columns, column));
            bits *= 2;
        }
        let of_byte = |place: usize, byte: usize| apply(&columns, (byte as u32) << (8 * place));
        Crc32c {
            shifts: std::array::from_fn(|place| std::array::from_fn(|byte| of_byte(place, byte))),
        }
    }

    pub fn of(&self, bytes: &[u8]) -> u32 {
        let mut crc = !0;
        let mut rest = bytes;
        while rest.len() >= 3 * PART_BYTES {
            let (parts, after) = rest.split_at(3 * PART_BYTES);
            let (first, others) = parts.split_at(PART_BYTES);
            let (second, third) = others.split_at(PART_BYTES);
            let (mut b, mut c) = (0, 0);
            for ((first, second), third) in words_of(first).zip(words_of(second)).zip(words_of(third)) {
                crc = add_word(crc, first);
                b = add_word(b, second);
                c = add_word(c, third);
            }
            crc = self.behind_part(self.behind_part(crc) ^ b) ^ c;
            rest = after;
        }
        let ended = rest.len() & !7;
        crc = words_of(&rest[..ended]).fold(crc, add_word);
        !rest[ended..].iter().fold(crc, |crc, byte| add_byte(crc, *byte))
    }

    fn behind_part(&self, crc: u32) -> u32 {
        let bytes = crc.to_le_bytes();
        (0..4).fold(0, |sum, place| sum ^ self.shifts[place][bytes[place] as usize])
    }
}

fn apply(columns: &[u32; 32], crc: u32) -> u32 {
    (0..32)
        .filter(|n| crc >> n & 1 == 1)
        .fold(0, |sum, n| sum ^ columns[n])
}

fn words_of(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes
        .chunks_exact(8)
        .map(|eight| u64::from_le_bytes(eight.try_into().expect("eight bytes")))
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse4.2"))]
fn add_word(crc: u32, word: u64) -> u32 {
    // SAFETY: the program is compiled for processors that have it.
    unsafe { std::arch::x86_64::_mm_crc32_u64(crc as u64, word) as u32 }
}

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse4.2")))]
fn add_word(crc: u32, word: u64) -> u32 {
    word.to_le_bytes()
        .iter()
        .fold(crc, |crc, byte| add_byte(crc, *byte))
}

fn add_byte(crc: u32, byte: u8) -> u32 {
    (0..8).fold(crc ^ byte as u32, |crc, _| {
        if crc & 1 == 1 {
            crc >> 1 ^ POLYNOMIAL
        } else {
            crc >> 1
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_is_that_of_its_definition() {
        let crc32c = Crc32c::new();
        assert_eq!(crc32c.of(b"123456789"), 0xE306_9283);
        let bytes: Vec<u8> = (0..40_000u32).map(|n| (n * 7 + n / 251) as u8).collect();
        for length in [0, 1, 7, 8, 12_287, 12_288, 12_289, 24_600, 40_000] {
            let slow = !bytes[..length].iter().fold(!0, |crc, byte| add_byte(crc, *byte));
            assert_eq!(crc32c.of(&bytes[..length]), slow, "{length} bytes");
        }
    }
}
