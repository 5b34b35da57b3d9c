using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Sweeps.ModelCore.TensorFiles;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.TensorFiles;

public sealed partial class TorchFileTests : TorchTest
{
    private static readonly string s_reference = Path.Combine(Root(), "Tests", "Reference", "gpt");

    public static TheoryData<string> Files
        => [.. Directory.GetFiles(s_reference, "*.pt", SearchOption.AllDirectories).Select(
            f => Path.GetRelativePath(s_reference, f)).Order(StringComparer.Ordinal)];

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
        // One item of a list, over several lines.
        var item = section.Split("- checkpoint: ")[1].Split("\n- ")[0].Split("\n\n")[0];
        var list = string.Join(' ', item.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)).Split(", ");
        var documented = list.Select(tensor => tensor.Split(' ')).ToDictionary(
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

    // Each is code when Python's pickle reads it.
    [Theory]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("builtins", "getattr")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch", "load")]
    [InlineData("torch._utils", "_rebuild_tensor_v3")]
    [InlineData("collections.OrderedDict", "__init__")]
    public void Any_name_that_is_not_of_a_tensor_is_refused_however_it_is_spelt(string module, string name)
    {
        Assert.Contains(
            $"{module}.{name}, which is refused", Refusal($"\u0080\u0002c{module}\n{name}\nX\u0004\0\0\0true\u0085R."),
            StringComparison.Ordinal);
        Assert.Contains(
            $"{module}.{name}, which is refused",
            Refusal($"\u0080\u0004\u008c{(char)module.Length}{module}\u008c{(char)name.Length}{name}\u0093)R."), StringComparison.Ordinal);
    }

    // Opcodes that call, import or build by other ways: INST, OBJ, NEWOBJ, NEWOBJ_EX, EXT1, PERSID, BUFFER.
    [Theory]
    [InlineData("(ios\nsystem\n.")]
    [InlineData("(cos\nsystem\no.")]
    [InlineData("ccollections\nOrderedDict\n)\u0081.")]
    [InlineData("ccollections\nOrderedDict\n)}\u0092.")]
    [InlineData("\u0082\u0001.")]
    [InlineData("P0\n.")]
    [InlineData("\u0097.")]
    public void Other_ways_to_call_something_are_refused(string pickle) =>
        Assert.Matches("which is refused|it uses pickle opcode", Refusal($"\u0080\u0002{pickle}"));

    [Theory]
    [InlineData("N)R.", "where PickledGlobal belongs")]
    [InlineData("ccollections\nOrderedDict\nNR.", "where Object[] belongs")]
    [InlineData("NK\u0001a.", "belongs")]
    [InlineData("N(K\u0001K\u0002u.", "belongs")]
    public void None_where_something_else_belongs_is_refused(string pickle, string expected) =>
        Assert.Contains(expected, Refusal($"\u0080\u0002{pickle}"), StringComparison.Ordinal);

    [Fact]
    public void A_tensor_that_repeats_one_element_beyond_the_memory_is_refused()
    {
        // Shape [2^60], stride 0: element 0 again and again.
        var pickle = Dict.Replace(
            "K\u0001K\u0002K\u0002\u0086K\u0001K\u0002\u0086", "K\0\u008a\u0008\0\0\0\0\0\0\0\u0010\u0085K\0\u0085",
            StringComparison.Ordinal);
        Assert.Contains(
            "1152921504606846976", Assert.Throws<InvalidDataException>(() => TorchFile.Load(Archive(pickle, [0, 1, 2, 3, 4, 5]))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_compressed_file_is_refused_before_it_fills_the_memory()
    {
        var path = Archive(Dict, new byte[50_000_000], compression: CompressionLevel.SmallestSize);
        Assert.True(new FileInfo(path).Length < 100_000);
        Assert.Contains("is compressed", Assert.Throws<InvalidDataException>(() => TorchFile.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_that_lie_over_one_another_are_refused_before_they_fill_the_memory()
    {
        var pickle = "\u0080\u0002}(X\u0001\0\0\0a" + Tensor + "X\u0001\0\0\0b"
            + Tensor.Replace("\u0001\0\0\0" + "0X", "\u0001\0\0\0" + "1X", StringComparison.Ordinal) + "u.";
        var path = Archive(pickle, new byte[4000], second: new byte[6]);
        Assert.Equal(2, TorchFile.LoadStateDict(path).Count);

        // In the directory, the second entry is where the first one is, with its length and checksum.
        var bytes = File.ReadAllBytes(path);
        var (first, second) = (DirectoryEntry("file/data/0"), DirectoryEntry("file/data/1"));
        bytes.AsSpan(first + 16, 12).CopyTo(bytes.AsSpan(second + 16));
        bytes.AsSpan(first + 42, 4).CopyTo(bytes.AsSpan(second + 42));
        File.WriteAllBytes(path, bytes);
        Assert.Contains(
            "more bytes than the file", Assert.Throws<InvalidDataException>(() => TorchFile.LoadStateDict(path)).Message,
            StringComparison.Ordinal);

        // 46 bytes before its name: the directory comes last.
        int DirectoryEntry(string name) => bytes.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes(name)) - 46;
    }

    [Fact]
    public void Ten_thousand_containers_inside_one_another_are_read_or_refused()
    {
        var nested = string.Concat(Enumerable.Repeat("\u0085", 10_000));
        Assert.IsType<object?[]>(TorchFile.Load(Archive($"\u0080\u0002N{nested}.", [])));
        Assert.Throws<InvalidDataException>(() => TorchFile.LoadStateDict(Archive($"\u0080\u0002}}N{nested}N{nested}s.", [])));
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
        var pickle = "\u0080\u0002ctorch._utils\n_rebuild_tensor_v2\n((" + "X\u0007\0\0\0storagectorch\nByteStorage\nX\u0001\0\0\0"
            + "0X\u0003\0\0\0cpuK\u0006tQ"
            + $"K{(char)offset}K\u0002K\u0002\u0086K{(char)stride0}K{(char)stride1}\u0086\u0089NtR.";
        var path = Archive(pickle, [0, 1, 2, 3, 4, 5]);
        if (expected is null)
            Assert.Contains(
                "reaches element", Assert.Throws<InvalidDataException>(() => TorchFile.Load(path)).Message, StringComparison.Ordinal);
        else Assert.Equal(expected, string.Join(' ', ((Tensor)TorchFile.Load(path)!).Values<byte>()));
    }

    [Fact]
    public void Containers_and_numbers_are_read()
    {
        var path = Archive(
            "\u0080\u0002}(X\u0001\0\0\0a](K\u0001J\u00ff\u00ff\u00ff\u00ffM\0\u0001\u008a\u0001\u00fee"
                + "X\u0001\0\0\0bG\u003f\u00f8\0\0\0\0\0\0N\u0088\u0087u.",
            []);
        var dict = Assert.IsType<OrderedDictionary<object, object?>>(TorchFile.Load(path));
        Assert.Equal(new List<object?> { 1L, -1L, 256L, -2L }, dict["a"]);
        Assert.Equal(new object?[] { 1.5, null, true }, dict["b"]);
        Assert.Contains(
            "found List", Assert.Throws<InvalidDataException>(() => TorchFile.LoadStateDict(path)).Message, StringComparison.Ordinal);
    }

    private static string Refusal(string pickle)
    {
        var path = Archive(pickle, []);
        var message = Assert.Throws<InvalidDataException>(() => TorchFile.Load(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        return message;
    }

    /// <summary>A dict of two tensors in one storage, and of a list.</summary>
    internal const string Dict = "\u0080\u0002}(X\u0001\0\0\0a" + Tensor + "X\u0001\0\0\0b" + Tensor + "u.";

    private const string Tensor = "ctorch._utils\n_rebuild_tensor_v2\n((" + "X\u0007\0\0\0storagectorch\nByteStorage\nX\u0001\0\0\0"
        + "0X\u0003\0\0\0cpuK\u0006tQ"
        + "K\u0001K\u0002K\u0002\u0086K\u0001K\u0002\u0086\u0089NtR";

    internal static string Archive(
        string pickle, byte[] storage, string? path = null, CompressionLevel compression = CompressionLevel.NoCompression,
        byte[]? second = null)
    {
        path ??= Path.Combine(Directory.CreateTempSubdirectory("sweeps").FullName, "file.pt");
        File.Delete(path);
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        Add("file/data.pkl", Encoding.Latin1.GetBytes(pickle));
        Add("file/data/0", storage);
        if (second is not null) Add("file/data/1", second);
        return path;

        void Add(string name, byte[] bytes)
        {
            using var stream = archive.CreateEntry(name, compression).Open();
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
