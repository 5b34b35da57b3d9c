using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            private const int KernelHeadWidth = 16;

            /// <summary>
            /// Causal attention of several heads, softmax(q kᵀ / √d_head) v, with an optional sink: one more key, with a logit of its own and a value of zero, that takes weight
            /// and gives nothing [G A.1].
            /// </summary>
            /// <param name="query">(B, T, d); or (B, 1, d), one query per sequence, with its <paramref name="positions"/></param>
            /// <param name="key">(B, T, d), the heads side by side in d</param>
            /// <param name="value">(B, T, d)</param>
            /// <param name="n_head">heads; d is a multiple of it</param>
            /// <param name="sink_logit">(n_head), or none</param>
            /// <param name="positions">Int64 (B), each sequence's position of its query, or none for queries at all positions</param>
            /// <returns>(B, T, d) or (B, 1, d)</returns>
            /// <remarks>A kernel where d_head is 16, in float32 on the CPU; elsewhere a composition of products and a softmax.</remarks>
            public static Tensor causal_attention(Tensor query, Tensor key, Tensor value, int n_head, Tensor? sink_logit = null, Tensor? positions = null)
            {
                long[] keys = key.shape, queries = query.shape;
                if (keys is not [var b, var t, var d] || n_head < 1 || d % n_head != 0 || !value.shape.SequenceEqual(keys)
                    || !queries.SequenceEqual([b, positions is null ? t : 1, d]) || (sink_logit is not null && !sink_logit.shape.SequenceEqual([n_head]))
                    || (positions is not null && !positions.shape.SequenceEqual([b])))
                {
                    throw new ArgumentException(
                        $"causal_attention: shapes {query.Describe()}, {key.Describe()}, {value.Describe()}, {sink_logit?.Describe() ?? "no sink"}, " +
                        $"{positions?.Describe() ?? "no positions"} do not fit {n_head} heads: expected (B, T, d) for all three (with positions (B), one query per sequence), sink (heads)");
                }
                if (d != n_head * KernelHeadWidth || !HasKernel(query, key, value) || (sink_logit is not null && !HasKernel(sink_logit)))
                    return AttentionOfProducts(query, key, value, n_head, sink_logit, positions);
                using var sink = new OptionalHandle(sink_logit);
                using var at = new OptionalHandle(positions);
                return Result(Native.sw_causal_attention(query, key, value, sink.Value, at.Value, n_head), query, key, value);
            }

            private static Tensor AttentionOfProducts(Tensor query, Tensor key, Tensor value, int n_head, Tensor? sink_logit, Tensor? positions)
            {
                using var scope = NewDisposeScope();
                long b = key.size(0), t = key.size(1), d = key.size(2), tq = query.size(1), dHead = d / n_head;
                var causal = full([t, t], double.NegativeInfinity, query.dtype, query.device).triu(1); // (T, T)
                var mask = positions is null
                    ? causal.expand(b * n_head, t, t)
                    : causal.index_select(0, positions).view(b, 1, 1, t).expand(b, n_head, 1, t).reshape(b * n_head, 1, t);
                // The mask goes in as the addend of the product: no pass over the scores of its own.
                var scores = baddbmm(mask, Heads(query), Heads(key).transpose(1, 2), 1, 1 / MathF.Sqrt(dHead)); // (BH, Q, T)
                Tensor weights;
                if (sink_logit is null)
                {
                    weights = scores.softmax(-1);
                }
                else
                {
                    var sink = sink_logit.view(1, n_head, 1, 1).expand(b, n_head, tq, 1).reshape(b * n_head, tq, 1);
                    weights = cat([scores, sink], -1).softmax(-1).narrow(-1, 0, t);
                }
                return scope.Keep(weights.bmm(Heads(value)).view(b, n_head, tq, dHead).transpose(1, 2).reshape(b, tq, d));

                // (B, T, d) → (BH, T, dHead)
                Tensor Heads(Tensor x) => x.reshape(b, -1, n_head, dHead).transpose(1, 2).reshape(b * n_head, -1, dHead);
            }
        }
    }
}
