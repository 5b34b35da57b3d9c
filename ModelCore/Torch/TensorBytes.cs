using Sweeps.ModelCore.Torch.Interop;

namespace Sweeps.ModelCore.Torch;

/// <summary>Elements of tensors to and from streams, a block at a time.</summary>
internal static class TensorBytes
{
    private const int BlockBytes = 1 << 24;

    /// <summary>Writes all elements in row-major order, little-endian.</summary>
    internal static void WriteTo(Stream stream, Tensor tensor)
    {
        using var flat = tensor.detach().reshape(-1);
        ForBlocks(flat, (block, bytes) =>
        {
            block.CopyBytes(bytes);
            stream.Write(bytes);
        });
    }

    /// <summary>A new tensor with elements from a stream.</summary>
    /// <exception cref="EndOfStreamException">the stream ends early</exception>
    internal static unsafe Tensor ReadFrom(Stream stream, ReadOnlySpan<long> shape, ScalarType dtype)
    {
        var tensor = torch.empty(shape, dtype);
        try
        {
            using var flat = tensor.reshape(-1);
            ForBlocks(flat, (block, bytes) =>
            {
                stream.ReadExactly(bytes);
                fixed (byte* pointer = bytes) Errors.Check(Native.sw_copy_in(block, pointer, bytes.Length), block);
            });
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private delegate void BlockAction(Tensor block, Span<byte> bytes);

    private static void ForBlocks(Tensor flat, BlockAction action)
    {
        var size = flat.dtype.ElementSize();
        var count = flat.numel();
        var perBlock = BlockBytes / size;
        var buffer = new byte[Math.Min(count, perBlock) * size];
        for (var start = 0L; start < count; start += perBlock)
        {
            var length = (int)Math.Min(perBlock, count - start);
            using var block = flat.narrow(0, start, length);
            action(block, buffer.AsSpan(0, length * size));
        }
    }
}
