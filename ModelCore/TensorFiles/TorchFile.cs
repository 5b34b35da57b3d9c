using System.IO.Compression;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.TensorFiles;

/// <summary>
/// Reads the files of PyTorch's torch.save (the zip format, PyTorch 1.6 and later) without running anything: only containers, numbers,
/// texts and
/// tensors are understood, everything else is refused by its name.
/// </summary>
internal static class TorchFile
{
    /// <summary>
    /// Reads a file onto the CPU. Python's dict and OrderedDict become <see cref="OrderedDictionary{TKey, TValue}"/> of object, list and
    /// tuple become
    /// <see cref="List{T}"/> and arrays of object, int becomes long, float double; every tensor gets memory of its own.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// the file is damaged, or holds something else; the message names the file and what it holds
    /// </exception>
    public static object? Load(string path)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            var pickle = archive.Entries.FirstOrDefault(e => e.Name == "data.pkl" && e.FullName.Count(c => c == '/') <= 1)
                ?? throw new InvalidDataException("there is no data.pkl in it, so torch.save did not write it");
            var folder = pickle.FullName[..^"data.pkl".Length];
            using var storages = new TorchStorages(archive, folder, new FileInfo(path).Length);
            using var stream = storages.Open(pickle);
            CheckByteOrder(archive, folder, storages);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return new Unpickler(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), storages).Load();
        }
        // A refusal: a shape that no tensor can have; memory is not the file's fault.
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException || TorchErrors.IsRefusal(e))
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Reads a file that holds tensors by name, such as a state dict.</summary>
    /// <exception cref="InvalidDataException">the file is damaged, or holds something else</exception>
    public static IReadOnlyDictionary<string, Tensor> LoadStateDict(string path)
    {
        if (Load(path) is not OrderedDictionary<object, object?> items)
            throw new InvalidDataException($"{path}: expected tensors by name, but it is not a dict");
        var tensors = new OrderedDictionary<string, Tensor>();
        foreach (var (key, value) in items)
        {
            if (key is not string name || value is not Tensor tensor)
                throw new InvalidDataException(
                    $"{path}: expected tensors by name, found {value?.GetType().Name ?? "None"} under \"{key}\"");
            tensors.Add(name, tensor);
        }

        return tensors;
    }

    private static void CheckByteOrder(ZipArchive archive, string folder, TorchStorages storages)
    {
        if (archive.GetEntry(folder + "byteorder") is not { } entry) return;
        using var reader = new StreamReader(storages.Open(entry));
        var order = reader.ReadToEnd();
        if (order != "little") throw new InvalidDataException($"its byte order is \"{order}\", expected little");
    }
}
