//! The window: counts by word id for each pane, and totals of the panes that are in the window. A slide adds one array and
//! takes one away.

use crate::words::Words;
use std::collections::BTreeMap;
use std::io;

const PANES: i64 = 30;
const TOP: usize = 20;
/// Totals that are compared with the smallest of the top at a time.
const BLOCK: usize = 64;

pub struct Window {
    /// By their number.
    panes: BTreeMap<i64, Vec<u32>>,
    /// Arrays of panes that have left the window.
    free: Vec<Vec<u32>>,
    totals: Vec<u32>,
    /// The number of the pane with which the next window ends, plus 1.
    next_end: Option<i64>,
}

impl Window {
    pub fn new() -> Self {
        Window {
            panes: BTreeMap::new(),
            free: Vec::new(),
            totals: Vec::new(),
            next_end: None,
        }
    }

    /// Counts words, all of one pane. Returns how many they are.
    pub fn count(&mut self, pane: i64, ids: &[u32]) -> u64 {
        if ids.is_empty() {
            return 0;
        }
        self.next_end.get_or_insert(pane + 1);
        let free = &mut self.free;
        let counts = self
            .panes
            .entry(pane)
            .or_insert_with(|| free.pop().unwrap_or_default());
        let most = ids.iter().fold(0, |most, id| most.max(*id)) as usize;
        if counts.len() <= most {
            counts.resize(most * 2 + 1, 0);
        }
        for id in ids {
            counts[*id as usize] += 1;
        }
        ids.len() as u64
    }

    /// Closes each window that ends at this number of slides or earlier, and gives those with words to `emit`.
    pub fn close_until(
        &mut self,
        end: i64,
        words: &Words,
        mut emit: impl FnMut(i64, &[(u32, u32)]) -> io::Result<()>,
    ) -> io::Result<()> {
        while let Some(next) = self.next_end.filter(|next| *next <= end) {
            if let Some(entering) = self.panes.get(&(next - 1)) {
                if self.totals.len() < entering.len() {
                    self.totals.resize(entering.len(), 0);
                }
                self.totals
                    .iter_mut()
                    .zip(entering)
                    .for_each(|(total, count)| *total += count);
            }
            if let Some(mut leaving) = self.panes.remove(&(next - 1 - PANES)) {
                self.totals
                    .iter_mut()
                    .zip(&leaving)
                    .for_each(|(total, count)| *total -= count);
                leaving.fill(0);
                self.free.push(leaving);
            }
            let top = self.top(words);
            if !top.is_empty() {
                emit(next, &top)?;
            }
            self.next_end = Some(next + 1);
        }
        Ok(())
    }

    /// The most frequent words with their totals; those of one total in the order of their bytes.
    fn top(&self, words: &Words) -> Vec<(u32, u32)> {
        let mut best: Vec<(u32, u32)> = Vec::with_capacity(TOP + 1);
        let mut least = 1;
        for (block, totals) in self.totals.chunks(BLOCK).enumerate() {
            if totals.iter().fold(0, |most, total| most.max(*total)) < least {
                continue;
            }
            for (i, total) in totals.iter().enumerate() {
                if *total < least {
                    continue;
                }
                let id = (block * BLOCK + i) as u32;
                let is_before = |other: &(u32, u32)| {
                    other.1 > *total || other.1 == *total && words.text(other.0) < words.text(id)
                };
                best.insert(best.partition_point(is_before), (id, *total));
                best.truncate(TOP);
                if best.len() == TOP {
                    least = best[TOP - 1].1;
                }
            }
        }
        best
    }
}
