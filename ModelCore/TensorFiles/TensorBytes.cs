using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.TensorFiles;

/// <summary>Elements of tensors to and from streams, a block at a time.</summary>
internal static class TensorBytes
{
    private const int BlockBytes = 1 << 24;

    /// <summary>Writes all elements in row-major order, little-endian.</summary>
    internal static void WriteTo(Stream stream, Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var block in tensor.Blocks(BlockBytes)) stream.Write(block.bytes);
    }

    /// <summary>A new tensor with elements from a stream.</summary>
    /// <exception cref="EndOfStreamException">the stream ends early</exception>
    internal static Tensor ReadFrom(Stream stream, long[] shape, ScalarType dtype)
    {
        var tensor = torch.empty(shape, dtype);
        try
        {
            using var scope = torch.NewDisposeScope();
            foreach (var block in tensor.Blocks(BlockBytes)) stream.ReadExactly(block.bytes);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }
}
