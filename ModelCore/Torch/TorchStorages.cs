using System.IO.Compression;

namespace Sweeps.ModelCore.Torch;

/// <summary>The blocks of elements in a file of torch.save, each read once.</summary>
internal sealed class TorchStorages(ZipArchive archive, string folder) : IDisposable
{
    private readonly Dictionary<string, Tensor> _read = [];

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

        if (!shape.Contains(0) && last >= storage.Count)
            throw new InvalidDataException($"a tensor of shape [{string.Join(", ", shape)}] reaches element {last} of storage {storage.Key}, which has {storage.Count}");
        if (shape.Contains(0)) return torch.empty(shape, storage.Type);
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
            throw new InvalidDataException($"storage {storage.Key} should have {storage.Count} elements of {storage.Type}, but it has {entry.Length} bytes");
        using var stream = entry.Open();
        return _read[storage.Key] = TensorBytes.ReadFrom(stream, [storage.Count], storage.Type).DetachFromDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in _read.Values) tensor.Dispose();
    }
}
