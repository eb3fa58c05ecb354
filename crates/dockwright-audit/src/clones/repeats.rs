//! Runs of units that several sequences share.
//!
//! A suffix array of all sequences puts equal runs beside each other; the lengths of what neighbours
//! share then tell the runs that no more units can be added to. Source: Manber and Myers, "Suffix
//! arrays"; Kasai et al., "Linear-time longest-common-prefix computation in suffix arrays and its
//! applications"; Abouelhoda et al., "Replacing suffix trees with enhanced suffix arrays".

use std::collections::BTreeMap;

/// A run of units that stands in several sequences, and that is longer in none of the ways that all
/// its places allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repeat {
    /// How many units it has.
    pub(crate) length: usize,
    /// Its first place in each sequence that has it, in their order; at least two.
    pub(crate) places: Vec<Place>,
}

/// Where a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Which sequence.
    pub(crate) sequence: usize,
    /// Which of its units.
    pub(crate) start: usize,
}

/// Places that are looked at, all runs together: a text that repeats one unit over and over has runs
/// without end, and none that is worth telling.
const MAX_PLACES: usize = 4_000_000;

/// Every run that at least two sequences share and that is maximal: to the left and to the right of
/// its places stand different units.
pub(crate) fn repeats(sequences: &[Vec<u32>]) -> Vec<Repeat> {
    let text = Joined::of(sequences);
    let suffixes = suffix_array(&text.units);
    let shared = shared_lengths(&text.units, &suffixes);
    let mut found = Vec::new();
    let mut left = MAX_PLACES;
    // Ranges of the suffix array that are open: how many units all in it share, and where it begins.
    let mut open: Vec<(usize, usize)> = Vec::new();
    for at in 1..=suffixes.len() {
        // The last range is closed by a neighbour that shares nothing.
        let length = shared.get(at).copied().unwrap_or_default();
        let mut start = at - 1;
        while let Some((inner, from)) = open.pop_if(|(inner, _)| *inner > length) {
            start = from;
            let suffixes = suffixes.get(from..at).unwrap_or_default();
            if suffixes.len() > left {
                return found;
            }
            left -= suffixes.len();
            found.extend(text.repeat(inner, suffixes));
        }
        if length > 0 && open.last().is_none_or(|(inner, _)| *inner < length) {
            open.push((length, start));
        }
    }
    found
}

/// All sequences in one, each behind a unit of its own that ends it.
struct Joined {
    units: Vec<u32>,
    /// The place of each unit.
    places: Vec<Place>,
}

impl Joined {
    fn of(sequences: &[Vec<u32>]) -> Self {
        let largest = sequences.iter().flatten().max();
        let mut end = largest.map_or(0, |largest| largest.saturating_add(1));
        let mut units = Vec::new();
        let mut places = Vec::new();
        for (sequence, own) in sequences.iter().enumerate() {
            units.extend(own);
            units.push(end);
            end = end.saturating_add(1);
            places.extend((0..=own.len()).map(|start| Place { sequence, start }));
        }
        Self { units, places }
    }

    /// The run of `length` units at these places, if several sequences have it and it cannot begin
    /// earlier.
    fn repeat(&self, length: usize, suffixes: &[usize]) -> Option<Repeat> {
        let before = |suffix: &usize| suffix.checked_sub(1).and_then(|at| self.units.get(at));
        let first = before(suffixes.first()?);
        if first.is_some() && suffixes.iter().all(|suffix| before(suffix) == first) {
            return None;
        }
        let mut places: BTreeMap<usize, usize> = BTreeMap::new();
        for place in suffixes
            .iter()
            .filter_map(|suffix| self.places.get(*suffix))
        {
            let start = places.entry(place.sequence).or_insert(place.start);
            *start = place.start.min(*start);
        }
        let places = places.into_iter();
        let places: Vec<Place> = places
            .map(|(sequence, start)| Place { sequence, start })
            .collect();
        (places.len() > 1).then_some(Repeat { length, places })
    }
}

/// The beginnings of all suffixes in the order of the suffixes: sorted by their first units, then by
/// twice as many, until all differ.
fn suffix_array(units: &[u32]) -> Vec<usize> {
    let mut suffixes: Vec<usize> = (0..units.len()).collect();
    let mut ranks: Vec<u32> = units.to_vec();
    let mut width = 1;
    loop {
        let key = |suffix: usize| {
            let behind = ranks.get(suffix + width).map(|rank| u64::from(*rank) + 1);
            let own = ranks.get(suffix).copied().unwrap_or_default();
            (own, behind.unwrap_or_default())
        };
        suffixes.sort_unstable_by_key(|suffix| key(*suffix));
        let mut next = vec![0; units.len()];
        let mut rank = 0;
        let mut previous = None;
        for suffix in &suffixes {
            let own = key(*suffix);
            if previous.is_some_and(|previous| previous != own) {
                rank += 1;
            }
            previous = Some(own);
            if let Some(slot) = next.get_mut(*suffix) {
                *slot = rank;
            }
        }
        ranks = next;
        width *= 2;
        if rank as usize + 1 >= units.len() || width > units.len() {
            return suffixes;
        }
    }
}

/// How many units each suffix of the array shares with the one before it.
fn shared_lengths(units: &[u32], suffixes: &[usize]) -> Vec<usize> {
    let mut ranks = vec![0; units.len()];
    for (rank, suffix) in suffixes.iter().enumerate() {
        if let Some(slot) = ranks.get_mut(*suffix) {
            *slot = rank;
        }
    }
    let mut lengths = vec![0; units.len()];
    let mut length: usize = 0;
    for (suffix, rank) in ranks.iter().enumerate() {
        let Some(other) = rank.checked_sub(1).and_then(|rank| suffixes.get(rank)) else {
            length = 0;
            continue;
        };
        let same = |length: usize| {
            let unit = units.get(suffix + length);
            unit.is_some() && unit == units.get(other + length)
        };
        while same(length) {
            length += 1;
        }
        if let Some(slot) = lengths.get_mut(*rank) {
            *slot = length;
        }
        length = length.saturating_sub(1);
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(texts: &[&str]) -> Vec<String> {
        let sequences: Vec<Vec<u32>> = texts
            .iter()
            .map(|text| text.chars().map(u32::from).collect())
            .collect();
        let mut shown: Vec<String> = repeats(&sequences)
            .iter()
            .map(|repeat| {
                let first = repeat.places[0];
                let text = &texts[first.sequence][first.start..first.start + repeat.length];
                let places = repeat.places.iter();
                let places: Vec<String> = places
                    .map(|place| format!("{}:{}", place.sequence, place.start))
                    .collect();
                format!("{text} {}", places.join(" "))
            })
            .collect();
        shown.sort_unstable();
        shown
    }

    #[test]
    fn a_run_is_found_with_all_its_places() {
        assert_eq!(
            shown(&["xabcy", "abcz", "wbc"]),
            ["abc 0:1 1:0", "bc 0:2 1:1 2:1"]
        );
        assert_eq!(
            shown(&["abab", "cd"]),
            [""; 0],
            "one sequence is not enough"
        );
        assert_eq!(shown(&[]), [""; 0]);
    }

    #[test]
    fn many_equal_sequences_take_no_time() {
        let sequences = vec![(0..20).collect::<Vec<u32>>(); 2_000];
        let found = repeats(&sequences);
        assert_eq!((found.len(), found[0].places.len()), (1, 2_000));
    }

    #[test]
    fn one_unit_over_and_over_is_bounded() {
        let sequences = vec![vec![7; 3_000]; 2];
        assert!(!repeats(&sequences).is_empty());
    }

    /// The same by trying every run.
    fn by_trying(sequences: &[Vec<u32>]) -> Vec<Repeat> {
        let mut runs: BTreeMap<&[u32], Vec<Place>> = BTreeMap::new();
        for (sequence, own) in sequences.iter().enumerate() {
            for start in 0..own.len() {
                for end in start + 1..=own.len() {
                    let places = runs.entry(&own[start..end]).or_default();
                    places.push(Place { sequence, start });
                }
            }
        }
        let unit = |place: &Place, at: Option<usize>| {
            let unit = at.and_then(|at| sequences[place.sequence].get(at));
            // The end of a sequence is like nothing else.
            unit.map_or((Some(*place), 0), |unit| (None, *unit))
        };
        let differ = |places: &[Place], at: &dyn Fn(&Place) -> Option<usize>| {
            let first = unit(&places[0], at(&places[0]));
            places.iter().any(|place| unit(place, at(place)) != first)
        };
        let mut found = Vec::new();
        for (run, mut places) in runs {
            let length = run.len();
            let begins = differ(&places, &|place| place.start.checked_sub(1));
            let ends = differ(&places, &|place| Some(place.start + length));
            places.dedup_by_key(|place| place.sequence);
            if begins && ends && places.len() > 1 {
                found.push(Repeat { length, places });
            }
        }
        found
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_trying_every_run_finds(
            sequences in prop::collection::vec(prop::collection::vec(0_u32..4, 0..12), 0..6),
        ) {
            let sorted = |mut repeats: Vec<Repeat>| {
                repeats.sort_unstable_by_key(|repeat| (repeat.length, repeat.places.clone()));
                repeats
            };
            prop_assert_eq!(sorted(repeats(&sequences)), sorted(by_trying(&sequences)));
        }
    }
}
