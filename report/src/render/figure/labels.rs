/// Moves labels apart: the wanted positions, in any order, become positions at least `gap` apart and within `low` to
/// `high`, as near as can be to what was wanted. Where there is no room for all the gap shrinks.
pub(crate) fn spread(wanted: &[f64], gap: f64, [low, high]: [f64; 2]) -> Vec<f64> {
    let gap = if wanted.len() > 1 { gap.min((high - low) / (wanted.len() as f64 - 1.0)) } else { gap };
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let mut placed = vec![0.0; wanted.len()];
    let mut next = low;
    for index in &order {
        placed[*index] = wanted[*index].max(next);
        next = placed[*index] + gap;
    }
    let mut ceiling = high;
    for index in order.iter().rev() {
        placed[*index] = placed[*index].min(ceiling);
        ceiling = placed[*index] - gap;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_with_room_stay() {
        assert_eq!(spread(&[50.0, 10.0], 12.0, [0.0, 100.0]), [50.0, 10.0]);
    }

    #[test]
    fn labels_that_would_touch_part_in_order() {
        assert_eq!(spread(&[50.0, 49.0, 51.0], 12.0, [0.0, 100.0]), [61.0, 49.0, 73.0]);
    }

    #[test]
    fn labels_at_the_edge_stay_inside() {
        assert_eq!(spread(&[99.0, 98.0], 12.0, [0.0, 100.0]), [100.0, 88.0]);
        assert_eq!(spread(&[-5.0], 12.0, [0.0, 100.0]), [0.0]);
    }

    #[test]
    fn too_many_labels_share_the_room() {
        let placed = spread(&[5.0; 11], 12.0, [0.0, 100.0]);
        assert!(placed.windows(2).all(|pair| (pair[1] - pair[0] - 10.0).abs() < 1e-9));
    }
}
