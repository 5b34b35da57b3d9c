using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Tests.Torch;

public sealed partial class TorchFileTests : TorchTest
{
    private static readonly string s_reference = Path.Combine(Root(), "Tests", "Reference", "gpt");

    public static TheoryData<string> Files
        => [.. Directory.GetFiles(s_reference, "*.pt", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(s_reference, f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_reference_file_loads(string file)
    {
        var tensors = TorchFile.LoadStateDict(Path.Combine(s_reference, file));
        Assert.NotEmpty(tensors);
        Assert.All(tensors.Values, t => Assert.True(t.isfinite().all().ToBoolean()));
    }

    // The README of the reference lists names and shapes of each checkpoint, as in "wte.weight 48x32".
    [Theory]
    [InlineData("plain")]
    [InlineData("sink_bigram")]
    [InlineData("catpos")]
    [InlineData("sink_catpos_bigram")]
    public void Names_and_shapes_are_as_documented(string name)
    {
        var section = File.ReadAllText(Path.Combine(s_reference, "README.md")).Split($"### {name}\n")[1];
        var list = section.Split("- checkpoint: ")[1].Split('\n')[0].Split(", ");
        var documented = list.Select(item => item.Split(' ')).ToDictionary(
            pair => Top().IsMatch(pair[0]) ? pair[0] : "transformer." + pair[0], pair => pair[1]);
        var loaded = TorchFile.LoadStateDict(Path.Combine(s_reference, name, "final_model.pt"))
            .ToDictionary(pair => pair.Key, pair => string.Join('x', pair.Value.shape));
        Assert.Equal(documented.OrderBy(p => p.Key, StringComparer.Ordinal), loaded.OrderBy(p => p.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Code_is_refused_by_its_name()
    {
        // os.system("true"), as pickle would write it.
        var message = Refusal("\u0080\u0002cos\nsystem\nX\u0004\0\0\0true\u0085R.");
        Assert.Contains("os.system, which is refused", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u0080\u0002K", "ends early")]
    [InlineData("\u0080\u0002R.", "damaged near byte 3")]
    [InlineData("\u0080\u0002h\u0007.", "damaged near byte 4")]
    [InlineData("\u0080\u0002\u008a\u0009", "integer of 9 bytes")]
    [InlineData("\u0080\u0002i", "opcode 0x69")]
    [InlineData("\u0080\u0002K\u0001Q.", "damaged")]
    [InlineData("\u0080\u0002ctorch._utils\n_rebuild_tensor_v2\n)R.", "unexpected number or types")]
    public void A_damaged_pickle_is_refused(string pickle, string expected)
        => Assert.Contains(expected, Refusal(pickle), StringComparison.Ordinal);

    [Theory]
    [InlineData(0, 2, 1, "0 1 2 3")]
    [InlineData(1, 1, 2, "1 3 2 4")]
    [InlineData(2, 0, 1, "2 3 2 3")]
    [InlineData(1, 4, 1, null)]
    [InlineData(4, 2, 1, null)]
    public void Strided_tensors_are_gathered_and_never_reach_beyond_their_storage(byte offset, byte stride0, byte stride1, string? expected)
    {
        var pickle = "\u0080\u0002ctorch._utils\n_rebuild_tensor_v2\n((" + "X\u0007\0\0\0storagectorch\nByteStorage\nX\u0001\0\0\0" + "0X\u0003\0\0\0cpuK\u0006tQ"
            + $"K{(char)offset}K\u0002K\u0002\u0086K{(char)stride0}K{(char)stride1}\u0086\u0089NtR.";
        var path = Archive(pickle, [0, 1, 2, 3, 4, 5]);
        if (expected is null) Assert.Contains("reaches element", Assert.Throws<InvalidDataException>(() => TorchFile.Load(path)).Message, StringComparison.Ordinal);
        else Assert.Equal(expected, string.Join(' ', ((Tensor)TorchFile.Load(path)!).data<byte>()));
    }

    [Fact]
    public void Containers_and_numbers_are_read()
    {
        var path = Archive("\u0080\u0002}(X\u0001\0\0\0a](K\u0001J\u00ff\u00ff\u00ff\u00ffM\0\u0001\u008a\u0001\u00feeX\u0001\0\0\0bG\u003f\u00f8\0\0\0\0\0\0N\u0088\u0087u.", []);
        var dict = Assert.IsType<OrderedDictionary<object, object?>>(TorchFile.Load(path));
        Assert.Equal(new List<object?> { 1L, -1L, 256L, -2L }, dict["a"]);
        Assert.Equal(new object?[] { 1.5, null, true }, dict["b"]);
        Assert.Contains("found List", Assert.Throws<InvalidDataException>(() => TorchFile.LoadStateDict(path)).Message, StringComparison.Ordinal);
    }

    private static string Refusal(string pickle)
    {
        var path = Archive(pickle, []);
        var message = Assert.Throws<InvalidDataException>(() => TorchFile.Load(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        return message;
    }

    private static string Archive(string pickle, byte[] storage)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("sweeps").FullName, "file.pt");
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        Add("file/data.pkl", Encoding.Latin1.GetBytes(pickle));
        Add("file/data/0", storage);
        return path;

        void Add(string name, byte[] bytes)
        {
            using var stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
            stream.Write(bytes);
        }
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Sweeps.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("no Sweeps.sln above the tests");
        return folder;
    }

    [GeneratedRegex("^(final_logits_bias|bigram_table|lm_head)")]
    private static partial Regex Top();
}
