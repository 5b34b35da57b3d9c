using Sweeps.ModelCore.Kernels.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Kernels;

/// <summary>
/// The codes of a batch of activations by their entries, and what follows from them: reconstruction and gradients. On the CPU, in float32;
/// its memory serves one batch after the other. Results do not depend on the number of threads.
/// </summary>
internal sealed unsafe class SparseCodes
{
    private int[] _ptr = [0];
    private int[] _idx = [];
    private float[] _val = [];
    private float[] _dots = [];

    internal int Rows { get; private set; }

    internal int Features { get; private set; }

    internal int Count => _ptr[Rows];

    /// <summary>Where the entries of each row begin, and at last where they end.</summary>
    internal ReadOnlySpan<int> Begins => _ptr.AsSpan(0, Rows + 1);

    /// <summary>The feature of each entry, rising within a row.</summary>
    internal ReadOnlySpan<int> Indices => _idx.AsSpan(0, Count);

    internal Span<float> Values => _val.AsSpan(0, Count);

    /// <summary>The derivative of the loss by each entry: of <see cref="Reconstruct"/> first, to be added to or replaced.</summary>
    internal Span<float> Derivatives => _dots.AsSpan(0, Count);

    /// <summary>The k largest positive values of each row; z becomes ReLU(z).</summary>
    /// <param name="z">(rows, features), contiguous</param>
    /// <param name="k">1 to the number of features</param>
    internal void FindTop(Tensor z, int k)
    {
        var n = Begin(z, z.size(0) * k);
        fixed (int* ptr = _ptr, idx = _idx)
        fixed (float* val = _val) Status.Check(NativeMethods.sw_codes_topk(Pointers.Floats(z), n, z.size(1), k, ptr, idx, val));
        GC.KeepAlive(z);
    }

    /// <summary>The largest positive values of all rows together; z becomes ReLU(z).</summary>
    /// <param name="z">(rows, features), contiguous</param>
    /// <param name="k">how many, 1 to all</param>
    internal void FindTopOfBatch(Tensor z, long k)
    {
        var n = Begin(z, k);
        fixed (int* ptr = _ptr, idx = _idx)
        fixed (float* val = _val) Status.Check(NativeMethods.sw_codes_batch_topk(Pointers.Floats(z), n, z.size(1), k, ptr, idx, val));
        GC.KeepAlive(z);
    }

    /// <summary>The values above a bound; false, and no entries, where there are more than <paramref name="most"/>.</summary>
    /// <param name="z">(rows, features), contiguous; stays</param>
    /// <param name="low">(features), or null for 0</param>
    /// <param name="most">entries at most</param>
    internal bool TryFindAbove(Tensor z, Tensor? low, long most)
    {
        var n = Begin(z, 0);
        var found = Find();
        // Memory for as many as there are, and not for as many as there may be.
        if (!found && Count <= most)
        {
            Begin(z, Math.Min(most, Count + (Count / 4L)));
            found = Find();
        }
        if (!found) _ptr[n] = 0;
        return found;

        bool Find()
        {
            int fits;
            fixed (int* ptr = _ptr, idx = _idx)
            fixed (float* val = _val)
            {
                Status.Check(NativeMethods.sw_codes_above(
                    Pointers.Floats(z), n, z.size(1), Pointers.Floats(low), Math.Min(most, _idx.Length), ptr, idx, val, &fits));
            }
            GC.KeepAlive(z);
            GC.KeepAlive(low);
            return fits != 0;
        }
    }

    /// <summary>
    /// The error, codes · dictionary + bias − target, and the sum of its squares; the derivatives become scale times the products of each
    /// entry's error with its row of the dictionary, plus shift.
    /// </summary>
    /// <param name="target">(rows, d)</param>
    /// <param name="dictionary">(features, d), contiguous</param>
    /// <param name="bias">(d), or null</param>
    /// <param name="scale">see above</param>
    /// <param name="shift">see above</param>
    internal (Tensor Error, double Squares) Reconstruct(
        Tensor target, Tensor dictionary, Tensor? bias, double scale, double shift = 0)
    {
        if (_dots.Length < _val.Length) _dots = new float[_val.Length];
        var wanted = target;
        var rows = Pointers.Rows(ref wanted);
        var error = empty(target.shape);
        double squares;
        fixed (int* ptr = _ptr, idx = _idx)
        fixed (float* val = _val, dots = _dots)
        {
            var codes = Native(ptr, idx, val);
            Status.Check(NativeMethods.sw_codes_reconstruct(
                &codes, &rows, Pointers.Floats(dictionary), Pointers.Floats(bias), scale, shift, Pointers.Floats(error), dots,
                &squares));
        }
        if (!ReferenceEquals(wanted, target)) wanted.Dispose();
        GC.KeepAlive(target);
        GC.KeepAlive(dictionary);
        GC.KeepAlive(bias);
        return (error, squares);
    }

    /// <summary>The gradients that follow from <see cref="Derivatives"/>, see sw_codes_gradients.</summary>
    /// <param name="error">of <see cref="Reconstruct"/></param>
    /// <param name="scale">as there</param>
    /// <param name="x">what the encoder read, (rows, d)</param>
    /// <param name="dictionary">(features, d) of unit rows</param>
    /// <param name="tied">whether it is the encoder too; then there is no gradient by the encoder alone</param>
    internal (Tensor ByDictionary, Tensor? ByEncoder, Tensor ByBias) Gradients(
        Tensor error, double scale, Tensor x, Tensor dictionary, bool tied)
    {
        var read = x;
        var rows = Pointers.Rows(ref read);
        Tensor byDictionary = empty(dictionary.shape), byBias = empty(Features);
        var byEncoder = tied ? null : empty(dictionary.shape);
        fixed (int* ptr = _ptr, idx = _idx)
        fixed (float* val = _val, dots = _dots)
        {
            var codes = Native(ptr, idx, val);
            Status.Check(NativeMethods.sw_codes_gradients(
                &codes, dots, Pointers.Floats(error), scale, &rows, Pointers.Floats(dictionary), tied ? 1 : 0,
                Pointers.Floats(byDictionary), Pointers.Floats(byEncoder), Pointers.Floats(byBias)));
        }
        if (!ReferenceEquals(read, x)) read.Dispose();
        GC.KeepAlive(x);
        GC.KeepAlive(error);
        GC.KeepAlive(dictionary);
        return (byDictionary, byEncoder, byBias);
    }

    /// <summary>
    /// Of the entries above 0: on how many rows each feature has one, how many there are, their sum, and the least of them, infinity where
    /// there is none.
    /// </summary>
    internal (int[] Fired, long Active, double Total, float Least) Summarise()
    {
        var fired = new int[Features];
        long active;
        double total;
        float least;
        fixed (int* ptr = _ptr, idx = _idx, counts = fired)
        fixed (float* val = _val)
        {
            var codes = Native(ptr, idx, val);
            Status.Check(NativeMethods.sw_codes_summary(&codes, counts, &active, &total, &least));
        }
        return (fired, active, total, least);
    }

    /// <summary>The codes as a tensor, (rows, features).</summary>
    internal Tensor ToDense()
    {
        var dense = new float[(long)Rows * Features];
        for (var row = 0; row < Rows; row++)
            for (var j = _ptr[row]; j < _ptr[row + 1]; j++) dense[((long)row * Features) + _idx[j]] = _val[j];
        return torch.tensor(dense, [Rows, Features]);
    }

    private int Begin(Tensor z, long most)
    {
        (Rows, Features) = (checked((int)z.size(0)), checked((int)z.size(1)));
        if (_ptr.Length < Rows + 1) _ptr = new int[Rows + 1];
        if (_idx.Length < most) (_idx, _val) = (new int[most], new float[most]);
        return Rows;
    }

    private NativeCodes Native(int* ptr, int* idx, float* val) =>
        new() { Rows = Rows, Cols = Features, Ptr = ptr, Idx = idx, Val = val };
}
