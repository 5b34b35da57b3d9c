using System.Numerics;

namespace Sweeps.ModelCore.Interpretability;

/// <summary>
/// The suffixes that might become a feature's next pattern, which are those of its active tokens: how many tokens each would take from
/// each pattern found so far, and the activations of those. Numbers are kept up to date as tokens change hands, so that a step costs
/// what it changes.
/// </summary>
internal sealed class SuffixCandidates
{
    private readonly SuffixIndex _index;
    private readonly float[] _target;
    private readonly int _groups;
    private readonly int[][] _slots = new int[SuffixIndex.Masks][];
    private readonly List<int>[] _suffixes = new List<int>[SuffixIndex.Masks];
    private readonly List<int>[] _counts = new List<int>[SuffixIndex.Masks];
    private readonly List<double>[] _sums = new List<double>[SuffixIndex.Masks];

    /// <summary>The candidates of a feature.</summary>
    /// <param name="index">the suffixes of the tokens</param>
    /// <param name="target">activations, for each token of the index</param>
    /// <param name="patterns">how many patterns there will be at most</param>
    public SuffixCandidates(SuffixIndex index, float[] target, int patterns)
    {
        (_index, _target, _groups) = (index, target, patterns + 1);
        for (var mask = 1; mask < SuffixIndex.Masks; mask++)
        {
            (_slots[mask], _suffixes[mask], _counts[mask], _sums[mask]) = (new int[index.Suffixes(mask)], [], [], []);
            var ids = index.Ids(mask);
            for (var at = 0; at < target.Length; at++)
            {
                if (target[at] == 0) continue;
                ref var slot = ref _slots[mask][ids[at]]; // 0 for none, else one more than its place
                if (slot == 0)
                {
                    _suffixes[mask].Add(ids[at]);
                    slot = _suffixes[mask].Count;
                    for (var group = 0; group < _groups; group++)
                    {
                        _counts[mask].Add(group == 0 ? index.Matches(mask, ids[at]).Length : 0);
                        _sums[mask].Add(0);
                    }
                }
                _sums[mask][(slot - 1) * _groups] += target[at];
            }
        }
    }

    /// <summary>A token goes from one pattern to another.</summary>
    public void Move(int at, int from, int to)
    {
        for (var mask = 1; mask < SuffixIndex.Masks; mask++)
        {
            var slot = _slots[mask][_index.Ids(mask)[at]] - 1;
            if (slot < 0) continue;
            _counts[mask][(slot * _groups) + from]--;
            _counts[mask][(slot * _groups) + to]++;
            _sums[mask][(slot * _groups) + from] -= _target[at];
            _sums[mask][(slot * _groups) + to] += _target[at];
        }
    }

    /// <summary>The suffix that explains most; of equal ones the first.</summary>
    /// <param name="groups">
    /// the patterns so far, that of no pattern first: what is fixed, how many tokens, the sum of their activations
    /// </param>
    /// <param name="minMatches">tokens that a pattern takes, at least</param>
    /// <param name="minGain">what it must explain, in squares</param>
    public (int Mask, int Id)? Best(IReadOnlyList<(int Mask, int Count, double Sum)> groups, int minMatches, double minGain)
    {
        (int, int)? best = null;
        var most = minGain;
        for (var mask = 1; mask < SuffixIndex.Masks; mask++)
        {
            for (var slot = 0; slot < _suffixes[mask].Count; slot++)
            {
                if (Gain(mask, slot, groups, minMatches) is not { } gain || gain <= most) continue;
                (best, most) = ((mask, _suffixes[mask][slot]), gain);
            }
        }
        return best;
    }

    private double? Gain(int mask, int slot, IReadOnlyList<(int Mask, int Count, double Sum)> groups, int minMatches)
    {
        var (count, sum, gain) = (0, 0.0, 0.0);
        for (var group = 0; group < groups.Count; group++)
        {
            var (takenCount, takenSum) = (_counts[mask][(slot * _groups) + group], _sums[mask][(slot * _groups) + group]);
            if (takenCount == 0 || BitOperations.PopCount((uint)groups[group].Mask) >= BitOperations.PopCount((uint)mask)) continue;
            var (_, had, total) = groups[group];
            gain += Explained(total - takenSum, had - takenCount) - Explained(total, had);
            count += takenCount;
            sum += takenSum;
        }
        return count < minMatches ? null : gain + Explained(sum, count);
    }

    private static double Explained(double sum, int count) => count == 0 ? 0 : sum * sum / count;
}
