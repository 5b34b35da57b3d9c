using System.Buffers.Binary;
using System.Text;
using Sweeps.ModelCore.TensorFiles;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.TensorFiles;

public sealed class SafetensorsTests : TorchTest
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sweeps").FullName;

    private string File => Path.Combine(_folder, "model.safetensors");

    [Fact]
    public void Every_type_and_shape_comes_back_in_order()
    {
        List<(string Name, Tensor Tensor)> tensors =
        [
            ("z", torch.randn([3, 5]).t()),
            ("scalar", torch.tensor(2.5)),
            ("empty", torch.zeros([0, 4])),
            .. new[] { ScalarType.BFloat16, ScalarType.Float16, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8,
                ScalarType.Byte, ScalarType.Bool }
                .Select(type => ($"of {type}", torch.tensor(new float[] { 1f, 0, 1 }).to(type))),
        ];
        Safetensors.Save(File, tensors, new Dictionary<string, string> { ["b"] = "é", ["a"] = "1" });
        var (loaded, metadata) = Safetensors.Load(File);
        Assert.Equal(tensors.Select(pair => pair.Name).Order(StringComparer.Ordinal), loaded.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in tensors)
        {
            Assert.Equal(tensor.dtype, loaded[name].dtype);
            Assert.True(tensor.IsSame(loaded[name]), name);
        }

        Assert.Equal("é", metadata["b"]);
        Assert.Equal([File], Directory.GetFiles(_folder));
    }

    [Fact]
    public void The_layout_is_the_published_one()
    {
        Safetensors.Save(File, [("a", torch.tensor(new float[] { 1f }))]);
        var bytes = System.IO.File.ReadAllBytes(File);
        var header = """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""".PadRight(56);
        Assert.Equal(56, BinaryPrimitives.ReadInt64LittleEndian(bytes));
        Assert.Equal(header, Encoding.UTF8.GetString(bytes, 8, 56));
        Assert.Equal([0, 0, 0x80, 0x3f], bytes[64..]);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "needs 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "need 4 bytes of data, the file has 3")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "need 4 bytes of data, the file has 5")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "after a gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "inside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "header")]
    [InlineData("""{"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}""", 4, "unknown type \"Q4\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "negative length")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "header")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "header")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4611686018427387904]}}""", 4, "need 4611686018427387904 bytes of data")]
    [InlineData("""{"a":{"dtype":"F32","shape":null,"data_offsets":[0,4]}}""", 4, "header")]
    [InlineData("""{"__metadata__":[1]}""", 0, "header")]
    [InlineData("""{"__metadata__":{"a":{"b":1}}}""", 0, "header")]
    [InlineData("""[1]""", 0, "not a JSON object")]
    [InlineData("""{"a":""", 0, "header")]
    public void A_damaged_file_is_refused_by_name(string header, int dataBytes, string expected)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        System.IO.File.WriteAllBytes(File, [.. length, .. text, .. new byte[dataBytes]]);
        var message = Assert.Throws<InvalidDataException>(() => Safetensors.Load(File)).Message;
        Assert.StartsWith(File, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1 })]
    [InlineData(new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' })]
    public void A_length_that_the_file_does_not_have_is_refused(byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File, bytes);
        Assert.Contains("bytes", Assert.Throws<InvalidDataException>(() => Safetensors.Load(File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file()
    {
        Safetensors.Save(File, [("a", torch.ones(2))]);
        var disposed = torch.ones(2);
        var before = System.IO.File.ReadAllBytes(File);
        Assert.Throws<ArgumentException>(() => Safetensors.Save(File, [("a", disposed), ("a", disposed)]));
        disposed.Dispose();
        Assert.Throws<InvalidOperationException>(() => Safetensors.Save(File, [("a", disposed)]));
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
        Assert.Equal([File], Directory.GetFiles(_folder));
    }
}
