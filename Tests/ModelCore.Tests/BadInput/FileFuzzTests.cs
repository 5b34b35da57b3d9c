using System.Buffers.Binary;
using System.Text;
using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.TensorFiles;
using Sweeps.ModelCore.Tests.TensorFiles;
using Sweeps.ModelCore.Tests.Pruning;
using Sweeps.ModelCore.Tests.Torch;
using Sweeps.Tests;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.BadInput;

/// <summary>Damaged files of every kind are read or refused by <see cref="InvalidDataException"/>, in little memory.</summary>
public sealed class FileFuzzTests : TorchTest
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fuzz").FullName;

    private string Path => System.IO.Path.Combine(_folder, "file");

    [Fact]
    public void Safetensors()
    {
        Sweeps.ModelCore.TensorFiles.Safetensors.Save(
            Path, [("wte.weight", torch.ones([4, 3])), ("bias", torch.zeros([5])), ("empty", torch.zeros([0, 2]))],
            new Dictionary<string, string> { ["format"] = "x" });
        var good = File.ReadAllBytes(Path);
        var header = Encoding.UTF8.GetString(good, 8, (int)BinaryPrimitives.ReadInt64LittleEndian(good)).TrimEnd();
        var refused = Mutations.Of(good, 800, 1).Count(Refuses);
        // With the right length in front, so that the damage reaches the reader of JSON.
        refused += Mutations.Of(Encoding.UTF8.GetBytes(header), 1200, 2).Select(h => WithHeader(h, good)).Count(Refuses);
        Assert.InRange(refused, 1000, 2000);

        bool Refuses(byte[] bytes) => Refused(bytes, () =>
        {
            foreach (var tensor in Sweeps.ModelCore.TensorFiles.Safetensors.Load(Path).Tensors.Values) tensor.Dispose();
        });
    }

    [Fact]
    public void Torch_files()
    {
        var good = TorchFileTests.Archive(TorchFileTests.Dict, [0, 1, 2, 3, 4, 5]);
        var refused = Mutations.Of(File.ReadAllBytes(good), 600, 3).Count(bytes => Refused(bytes, () => TorchFile.Load(Path)));
        foreach (var pickle in Mutations.Of(Encoding.Latin1.GetBytes(TorchFileTests.Dict), 1500, 4))
        {
            var path = TorchFileTests.Archive(Encoding.Latin1.GetString(pickle), [0, 1, 2, 3, 4, 5], Path);
            if (Mutations.Refuses<InvalidDataException>(pickle, () => TorchFile.LoadStateDict(path))) refused++;
        }
        Assert.InRange(refused, 1000, 2100);
    }

    [Fact]
    public void Circuits()
    {
        var refused = Mutations.Of(CircuitFileTests.Circuit.ToBytes(), 2000, 5).Count(
            bytes => Mutations.Refuses<InvalidDataException>(bytes, () => CircuitFile.Parse(bytes)));
        Assert.InRange(refused, 500, 2000);
    }

    [Fact]
    public void Dictionaries_of_features()
    {
        var options = new AutoencoderOptions { K = 2 };
        using (var parameters = AutoencoderParameters.Create(options, torch.zeros([3]), 1, torch.CPU))
        using (var file = File.Create(Path))
        using (var autoencoder = Autoencoder.Fold(new DictionaryOrigin("topk", options.At, "ab"), options, parameters, 2, null))
        {
            autoencoder.Firings = new long[12];
            DictionaryFile.Save(file, autoencoder);
        }
        var good = File.ReadAllBytes(Path);
        var header = Encoding.UTF8.GetString(good, 8, (int)BinaryPrimitives.ReadInt64LittleEndian(good)).TrimEnd();
        var refused = Mutations.Of(Encoding.UTF8.GetBytes(header), 1500, 7).Select(h => WithHeader(h, good)).Count(
            bytes => Refused(bytes, () => DictionaryFile.Load(Path, 1).Dispose()));
        Assert.InRange(refused, 500, 1500);
    }

    [Fact]
    public void Tokenizers()
    {
        var folder = System.IO.Path.Combine(_folder, "tokenizer");
        var document = Encoding.UTF8.GetBytes(
            "def f(x):\n    return x + x\n" + string.Concat(Enumerable.Repeat("the return of the def ", 20)));
        Tokenizer.Train([document], 270).Save(folder);
        var refused = 0;
        foreach (var name in (string[])["encoder.json", "vocab.bpe"])
        {
            var path = System.IO.Path.Combine(folder, name);
            var good = File.ReadAllBytes(path);
            foreach (var bytes in Mutations.Of(good, 400, 6))
            {
                File.WriteAllBytes(path, bytes);
                if (Mutations.Refuses<InvalidDataException>(
                    bytes, () => Assert.Equal(document, Lossless(Tokenizer.Load(folder), document)))) refused++;
            }
            File.WriteAllBytes(path, good);
        }
        Assert.InRange(refused, 200, 800);
    }

    // What is accepted still decodes to what was encoded.
    private static byte[] Lossless(Tokenizer tokenizer, byte[] document) => tokenizer.Decode(tokenizer.Encode(document));

    private bool Refused(byte[] bytes, Action read)
    {
        File.WriteAllBytes(Path, bytes);
        return Mutations.Refuses<InvalidDataException>(bytes, read);
    }

    private static byte[] WithHeader(byte[] header, byte[] good)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. good[(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(good))..]];
    }
}
