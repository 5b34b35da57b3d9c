using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.TensorFiles;
using Sweeps.ModelCore.Tests.Data;
using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Training;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Pruning;

/// <summary>Files of runs from before a format had its present name are read; those of another format are not.</summary>
public sealed class OlderFormsTests : TorchTest
{
    [Theory]
    [InlineData("sweeps-masks-1", true)]
    [InlineData("sweeps.masks.2", true)]
    [InlineData("sweeps.masks.3", false)]
    public void Masks(string format, bool isRead)
    {
        using var folder = new TemporaryFolder();
        var layout = new NodeLayout(new ModelConfig { NLayer = 1, DModel = 16, DHead = 8 }, finalResid: false);
        var path = Path.Combine(folder.Path, "masks");
        var tensors = layout.Locations.Select((at, i) => (at.Name, torch.full([layout.Width(at)], i, torch.float32))).ToList();
        Safetensors.Save(path, tensors, new Dictionary<string, string> { ["format"] = format, ["model"] = "ab" });
        if (isRead)
        {
            var expected = layout.Locations.SelectMany((at, i) => Enumerable.Repeat((float)i, layout.Width(at)));
            Assert.Equal(expected, MaskFile.Load(path, layout, "ab"));
            return;
        }
        var error = Assert.Throws<InvalidDataException>(() => MaskFile.Load(path, layout, "ab"));
        Assert.Contains("expected masks (sweeps.masks.2)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"points\":[]}", true)]
    [InlineData("{\"format\":\"sweeps-curve\",\"version\":1,\"points\":[]}", true)]
    [InlineData("{\"format\":\"sweeps-curve\",\"version\":2,\"points\":[]}", false)]
    [InlineData("{\"format\":\"sweeps-circuit\",\"version\":1,\"points\":[]}", false)]
    public void Curves(string text, bool isRead)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("curve.json", text);
        if (isRead)
        {
            Assert.Empty(TrainingCurve.Load(path).Points);
            return;
        }
        var error = Assert.Throws<InvalidDataException>(() => TrainingCurve.Load(path));
        Assert.Contains("expected \"sweeps-curve\", version 1", error.Message, StringComparison.Ordinal);
    }
}
