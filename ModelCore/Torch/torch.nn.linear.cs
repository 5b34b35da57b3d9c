using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>
            /// x Wᵀ + b for a weight in training, most of whose entries may be 0. On the CPU in float32 there are kernels: the products by W go by its entries where these are
            /// few, and the gradient of W by the nonzero entries of the outputs' gradient where these are few, as they are behind <see cref="abs_topk"/>. Which is used is a
            /// function of the values alone, and shows in the last bits only. Elsewhere, and with the kernels switched off, this is <see cref="linear"/>.
            /// </summary>
            /// <param name="input">(..., in)</param>
            /// <param name="weight">(out, in), contiguous; its gradient is dense</param>
            /// <param name="bias">(out)</param>
            /// <param name="by_entries">whether W was multiplied by its entries</param>
            /// <param name="pieces">in how many equal pieces of the last dimension the result is wanted; each has a gradient of its own</param>
            /// <param name="sparse">true or false: by entries, or never, whatever the values</param>
            /// <param name="bfloat16">
            /// whether the factors of W's gradient are rounded to bfloat16; the sums stay float32. On processors without bfloat16 instructions this is no faster.
            /// </param>
            /// <returns>(..., out / pieces) each</returns>
            /// <remarks>There is no second derivative.</remarks>
            public static IReadOnlyList<Tensor> trained_linear(
                Tensor input, Tensor weight, Tensor bias, out bool by_entries, int pieces = 1, bool? sparse = null, bool bfloat16 = false)
            {
                by_entries = false;
                if (!HasKernel(input))
                {
                    var width = weight.size(0) / pieces;
                    return pieces == 1
                        ? [linear(input, weight, bias)]
                        : [.. Enumerable.Range(0, pieces).Select(i => linear(input, weight.narrow(0, i * width, width), bias.narrow(0, i * width, width)))];
                }
                var outputs = new nint[pieces];
                Check(
                    Native.sw_trained_linear(
                        input, weight, bias, pieces, sparse is null ? 0 : sparse.Value ? 2 : 1, bfloat16 ? 1 : 0, outputs, out var entries),
                    input, weight);
                by_entries = entries != 0;
                return Array.ConvertAll(outputs, handle => new Tensor(handle));
            }
        }
    }
}
