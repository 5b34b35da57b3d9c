using System.IO.Compression;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.TensorFiles;

/// <summary>The blocks of elements in a file of torch.save, each read once.</summary>
/// <param name="archive">the file</param>
/// <param name="folder">its one folder, with a slash behind</param>
/// <param name="fileBytes">length of the file: all that is read of it, and what tensors take, is bounded by that</param>
internal sealed class TorchStorages(ZipArchive archive, string folder, long fileBytes) : IDisposable
{
    // Tensors may share a storage, and each gets memory of its own: more often than tied weights do is a bomb.
    private const int MaxShared = 16;
    private const long AlwaysAllowed = 1 << 20;
    private const int MaxDimensions = 64; // libtorch's own

    private readonly Dictionary<string, Tensor> _read = [];
    private long _readBytes, _tensorBytes;

    /// <summary>A storage as the pickle names it.</summary>
    internal sealed record Storage(ScalarType Type, string Key, long Count);

    /// <summary>A tensor with memory of its own: part of a storage, with strides and offset in elements.</summary>
    internal Tensor Tensor(Storage storage, long offset, long[] shape, long[] strides)
    {
        if (shape.Length != strides.Length || offset < 0 || shape.Any(n => n < 0) || strides.Any(n => n < 0))
            throw new InvalidDataException($"a tensor of storage {storage.Key} has an impossible shape, stride or offset");
        long last;
        try
        {
            last = offset;
            for (var i = 0; i < shape.Length; i++) last = checked(last + (shape[i] - 1) * strides[i]);
        }
        catch (OverflowException)
        {
            last = long.MaxValue;
        }

        if (shape.Length > MaxDimensions)
            throw new InvalidDataException(
                $"a tensor of storage {storage.Key} has {shape.Length} dimensions, expected at most {MaxDimensions}");
        if (!shape.Contains(0) && last >= storage.Count)
            throw new InvalidDataException(
                $"a tensor of shape [{string.Join(", ", shape)}] reaches element {last} of storage {storage.Key}, which has "
                    + $"{storage.Count}");
        if (shape.Contains(0)) return torch.empty(shape, storage.Type);
        Count(shape, storage);
        using var view = Read(storage).as_strided(shape, strides, offset);
        using var dense = view.contiguous();
        return dense.clone();
    }

    private Tensor Read(Storage storage)
    {
        if (_read.TryGetValue(storage.Key, out var tensor))
        {
            return tensor.dtype == storage.Type && tensor.numel() == storage.Count
                ? tensor
                : throw new InvalidDataException($"storage {storage.Key} is used with different types or lengths");
        }

        var entry = archive.GetEntry($"{folder}data/{storage.Key}") ?? throw new InvalidDataException($"storage {storage.Key} is missing");
        if (storage.Count < 0 || storage.Count > entry.Length / storage.Type.ElementSize())
            throw new InvalidDataException(
                $"storage {storage.Key} should have {storage.Count} elements of {storage.Type}, but it has {entry.Length} bytes");
        using var stream = Open(entry);
        return _read[storage.Key] = TensorBytes.ReadFrom(stream, [storage.Count], storage.Type).DetachFromDisposeScope();
    }

    /// <summary>
    /// The content of an entry, which is no longer than the file. torch.save does not compress, so that a small file stays small in memory.
    /// </summary>
    internal Stream Open(ZipArchiveEntry entry)
    {
        if (entry.CompressedLength != entry.Length)
            throw new InvalidDataException(
                $"{entry.FullName} is compressed, from {entry.Length} bytes to {entry.CompressedLength}: torch.save does not compress");
        // Entries that lie over one another would each be read.
        if (entry.Length > fileBytes - _readBytes)
            throw new InvalidDataException($"{entry.FullName} and those read before it have more bytes than the file, {fileBytes}");
        _readBytes += entry.Length;
        return entry.Open();
    }

    // A stride of 0 repeats one element as often as the shape says.
    private void Count(long[] shape, Storage storage)
    {
        var limit = Math.Max(AlwaysAllowed, MaxShared * fileBytes);
        var bytes = (Int128)storage.Type.ElementSize();
        foreach (var length in shape)
        {
            bytes *= length;
            if (bytes + _tensorBytes > limit)
                throw new InvalidDataException(
                    $"a tensor of shape [{string.Join(", ", shape)}] and those before it take more than {limit} bytes: expected at most "
                        + $"{MaxShared} times the file");
        }
        _tensorBytes += (long)bytes;
    }

    public void Dispose()
    {
        foreach (var tensor in _read.Values) tensor.Dispose();
    }
}
