using System.Diagnostics;
using Sweeps.ModelCore.Importing;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tests.Data;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Importing;

/// <summary>Models that were trained elsewhere, as files.</summary>
public sealed class SourceModelTests : TorchTest
{
    private static string Root => Path.Combine(GoldenModel.Root(), "..", "checkpoints");

    [Fact]
    public void A_shorter_context_changes_no_value_and_is_in_the_shape()
    {
        using var golden = new GoldenModel(Path.Combine("..", "checkpoints", "additive"));
        using var cut = SourceModel.Load(new ImportedModel { Path = golden.Folder, NCtx = 3 });
        Assert.Equal((3, 3L), (cut.Config.NCtx, cut["transformer.wpe.weight"].size(0)));
        GoldenModel.AssertClose(golden.Expected("short_logits"), cut.Forward(golden.Input("short_idx")), "logits");
        Assert.Contains(
            "n_ctx is 9: expected at most the model's own, 8",
            Assert.Throws<InvalidDataException>(() => SourceModel.Load(new ImportedModel { Path = golden.Folder, NCtx = 9 })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_our_own_is_read_from_the_file_and_from_its_folder()
    {
        using var golden = new GoldenModel(Path.Combine("..", "checkpoints", "n_mlp"));
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "model.safetensors");
        using (var stream = File.Create(path)) ModelFile.Save(stream, golden.Model);
        foreach (var place in new[] { path, folder.Path })
        {
            using var read = SourceModel.Load(new ImportedModel { Path = place });
            GoldenModel.AssertClose(golden.Expected("logits"), read.Forward(golden.Input("idx")), place);
        }
    }

    [Fact]
    public void The_digest_is_that_of_sha256sum()
    {
        var folder = Path.Combine(Root, "n_mlp");
        var files = SourceFiles.Of(new ImportedModel { Path = folder });
        Assert.Equal(Bash($"cd {folder} && sha256sum beeg_config.json final_model.pt | sha256sum"), SourceFiles.Digest(files.Read()));
        using var single = new TemporaryFolder();
        var file = single.File("model.safetensors", "anything");
        Assert.Equal(Bash($"sha256sum {file}"), SourceFiles.Digest(SourceFiles.Of(new ImportedModel { Path = file }).Read()));
    }

    [Fact]
    public void What_is_no_model_is_told_with_what_was_expected()
    {
        using var folder = new TemporaryFolder();
        Refused<FileNotFoundException>("holds no model: expected beeg_config.json and final_model.pt, or model.safetensors", folder.Path);
        Refused<FileNotFoundException>("does not exist: expected a folder with a model", Path.Combine(folder.Path, "nothing"));
        folder.File("beeg_config.json", "{}");
        Refused<FileNotFoundException>("final_model.pt does not exist", folder.Path);
        Refused<InvalidDataException>("needs no mapping", folder.Path, "mapping.json");

        static void Refused<TException>(string expected, string path, string? mapping = null)
            where TException : Exception => Assert.Contains(
                expected, Assert.Throws<TException>(
                    () => SourceModel.Load(new ImportedModel { Path = path, MappingPath = mapping })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_inspection_counts_what_is_not_zero_and_the_rows_and_columns_without_any()
    {
        using var golden = new GoldenModel(Path.Combine("..", "checkpoints", "n_mlp"));
        using var folder = new TemporaryFolder();
        using (no_grad())
        {
            var matrix = golden.Model["transformer.h.1.mlp.c_fc.weight"];
            matrix.fill_(1);
            matrix[2] = 0;
            matrix[5] = 0;
            matrix.select(1, 7).zero_();
        }
        using (var stream = File.Create(Path.Combine(folder.Path, "model.safetensors"))) ModelFile.Save(stream, golden.Model);
        var found = ModelInspection.Of(new ImportedModel { Path = folder.Path });
        var tensor = Assert.Single(found.Tensors, t => t.Name == "transformer.h.1.mlp.c_fc.weight");
        Assert.Equal((22L * 15, 2L, 1L), (tensor.Nonzeros, tensor.DeadRows, tensor.DeadColumns));
        Assert.Equal(found.Nonzeros.Total, found.Tensors.Sum(t => t.Nonzeros));
        Assert.Equal(found.Nonzeros.Matrices.Fraction, found.Content.L0);
    }

    [Fact]
    public void A_model_whose_matrices_have_no_zeros_counts_as_dense() =>
        Assert.Equal(1, ModelInspection.Of(new ImportedModel { Path = Path.Combine(Root, "dense_bfloat16") }).Content.L0);

    private static string Bash(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Split(' ')[0];
    }
}
