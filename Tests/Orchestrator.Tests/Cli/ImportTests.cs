using System.Text.Json;
using System.Text.Json.Nodes;
using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Tests.Formats;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>A model in OpenAI's layout, which PyTorch wrote, becomes a circuit.</summary>
public sealed class ImportTests : IDisposable
{
    private const string Few = """
        skip_unlearned = false
        pruning { steps = 5, batch_pairs = 2, train_pairs = 8, validation_pairs = 4, test_pairs = 4 }
        search { rounds = 1, batch_size = 2 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("import").FullName;

    public ImportTests()
    {
        Directory.CreateDirectory(Corpus);
        for (var i = 0; i < 60; i++)
        {
            var functions = Enumerable.Range(0, 8).Select(
                j => $"def f{i}_{j}(x):\n    name = 'a{j}' if x else \"b{j}\"\n    return name + str(x * {j})\n\n");
            File.WriteAllText(Path.Combine(Corpus, $"m{i}.py"), string.Concat(functions));
        }
        File.WriteAllText(Path.Combine(_folder, "few.hocon"), Few);
        Directory.CreateDirectory(Model);
        foreach (var file in Directory.GetFiles(Reference("whole"))) File.Copy(file, Path.Combine(Model, Path.GetFileName(file)));
    }

    private string Model => Path.Combine(_folder, "theirs");

    private string Corpus => Path.Combine(_folder, "python");

    private string Run => Path.Combine(_folder, "run");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_is_measured_searched_validated_and_reported_and_goes_on_without_its_files()
    {
        var imported = await Import(
            "--with", Path.Combine(_folder, "few.hocon"), "--circuits", Reference("viz"), "--completions", "'", "\"");
        Assert.Equal((ExitCode.Ok, ""), (imported.ExitCode, imported.Error));
        var model = Report().GetProperty("models")[0];
        Assert.Equal("theirs", model.GetProperty("id").GetString());
        Assert.Equal(
            (0, 10_216),
            (model.GetProperty("trained").GetProperty("steps").GetInt32(), model.GetProperty("trained").GetProperty(
                "nonzeros").GetInt32()));
        Assert.Equal(JsonValueKind.Null, model.GetProperty("peakLr").ValueKind);
        Assert.Equal(
            model.GetProperty("importedSha256").GetString(),
            Report().GetProperty("spec").GetProperty("imported").GetProperty("theirs").GetProperty("sha256").GetString());
        var circuit = model.GetProperty("tasks")[0].GetProperty("best").GetProperty("file").GetProperty("path").GetString()!;
        Assert.True(File.Exists(Path.Combine(Run, circuit)));
        var given = model.GetProperty("tasks")[0].GetProperty("given");
        Assert.Equal(72, given.GetProperty("circuit").GetProperty("nodes").GetInt32());
        Assert.Equal(
            given.GetProperty("storedModelLoss").GetDouble(), given.GetProperty("samples").GetProperty("modelLoss").GetDouble(), 1e-4);
        Assert.Contains(
            "Theirs and ours, on our pairs", await File.ReadAllTextAsync(Path.Combine(Run, "report.md")), StringComparison.Ordinal);
        var theirs = await CommandLineRun.OfAsync(
            "circuit", Path.Combine(Run, given.GetProperty("circuit").GetProperty("circuit").GetProperty("path").GetString()!));
        Assert.Equal(ExitCode.Ok, theirs.ExitCode);
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", Run)).ExitCode);
        Assert.Equal("256", Context());
        Assert.Empty(FormatsPage.Unnamed(Run));

        // What the sweep has of a model is its own; what stands in its place later is another model.
        Directory.Move(Model, Model + ".away");
        var file = Path.Combine(Run, ImportFile.Name);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.OfAsync("run", file, "--dir", Run, "--devices", "cpu")).ExitCode);
        Directory.Move(Model + ".away", Model);
        await File.AppendAllTextAsync(Path.Combine(Model, "beeg_config.json"), "\n");
        var other = await CommandLineRun.OfAsync("run", file, "--dir", Run);
        Assert.Equal(ExitCode.Refused, other.ExitCode);
        Assert.Contains("imported.theirs.sha256: ", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_imported_is_refused_before_anything_begins()
    {
        var (config, text) = (Path.Combine(Model, "beeg_config.json"), await File.ReadAllTextAsync(
            Path.Combine(Model, "beeg_config.json")));
        await File.WriteAllTextAsync(config, text.Replace("\"n_mlp\": 32", "\"n_mlp\": 48", StringComparison.Ordinal));
        await Refused("import.hocon:5: imported.theirs: ", "transformer.h.0.mlp.c_fc.weight has shape [32, 16]: expected [48, 16]");
        await File.WriteAllTextAsync(config, text);

        var tokenizer = Path.Combine(_folder, "tokenizer");
        Directory.CreateDirectory(tokenizer);
        var entries = JsonSerializer.Deserialize<Dictionary<string, int>>(
            await File.ReadAllTextAsync(Path.Combine(Reference("tokenizer"), "encoder.json")))!;
        var merges = await File.ReadAllLinesAsync(Path.Combine(Reference("tokenizer"), "vocab.bpe"));
        var last = entries.First(entry => entry.Value == 278).Key;
        entries.Remove(last);
        entries["<|endoftext|>"] = 278;
        await File.WriteAllTextAsync(Path.Combine(tokenizer, "encoder.json"), JsonSerializer.Serialize(entries));
        await File.WriteAllLinesAsync(Path.Combine(tokenizer, "vocab.bpe"), merges[..^1]);
        await Refused("imported.theirs has a vocabulary of 280 tokens, and the tokenizer one of 279", "", tokenizer);

        File.Delete(Path.Combine(Model, "final_model.pt"));
        await Refused("final_model.pt does not exist", "");
        Assert.False(File.Exists(Path.Combine(Run, "journal.db")));

        async Task Refused(string expected, string also, string? tokenizer = null)
        {
            var run = await Import("--tokenizer", tokenizer ?? Reference("tokenizer"));
            Assert.Equal(ExitCode.Invalid, run.ExitCode);
            Assert.Contains(expected, run.Error, StringComparison.Ordinal);
            Assert.Contains(also, run.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(Run, "journal.db")));
        }
    }

    [Fact]
    public async Task A_plan_counts_imported_models_without_training_and_what_was_written_by_hand_is_not_overwritten()
    {
        var plan = JsonDocument.Parse((await Import("--dry-run", "--quick", "--json")).Output.Split('\n')[1]).RootElement;
        Assert.Equal(1, plan.GetProperty("trials").GetProperty("trainings").GetInt32());
        var model = plan.GetProperty("models")[0];
        Assert.Equal(
            (13_360, 10_216, 0),
            (model.GetProperty("parameters").GetInt32(), model.GetProperty("nonzeros").GetInt32(), model.GetProperty(
                "trainingTokens").GetInt32()));

        var measured = await Import("--dry-run", "--json");
        Assert.Equal(ExitCode.Ok, measured.ExitCode);
        var stages = JsonDocument.Parse(measured.Output.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("forecast").GetProperty(
            "stages").EnumerateArray().ToList();
        Assert.Equal(1, stages.Single(stage => stage.GetProperty("stage").GetString() == "train").GetProperty("units").GetInt32());
        Assert.All(stages, stage => Assert.True(stage.GetProperty("seconds").GetDouble() > 0));

        await File.AppendAllTextAsync(Path.Combine(Run, ImportFile.Name), "# mine\n");
        var again = await Import("--dry-run", "--quick");
        Assert.Equal(ExitCode.Refused, again.ExitCode);
        Assert.Contains("is there and says something else", again.Error, StringComparison.Ordinal);
        Assert.EndsWith("# mine\n", await File.ReadAllTextAsync(Path.Combine(Run, ImportFile.Name)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_command_line_is_taken_in_the_same_folder_until_the_file_is_edited_or_the_sweep_has_begun()
    {
        var file = Path.Combine(Run, ImportFile.Name);
        Assert.Equal(ExitCode.Invalid, (await Planned("--tokenizer", RepositoryFile.Path("Tests/Reference/tokenizers/gpt2"))).ExitCode);
        var wrong = await File.ReadAllTextAsync(file);
        Assert.Equal(ExitCode.Ok, (await Planned("--tokenizer", Reference("tokenizer"))).ExitCode);
        var right = await File.ReadAllTextAsync(file);
        Assert.NotEqual(wrong, right);
        Assert.Equal(ExitCode.Ok, (await Planned("--tokenizer", Reference("tokenizer"), "--tasks", "bracket_counting")).ExitCode);
        Assert.Contains("tasks = [\"bracket_counting\"]", await File.ReadAllTextAsync(file), StringComparison.Ordinal);

        // Once there is a journal, the file is what its sweep was begun with.
        await File.WriteAllTextAsync(Path.Combine(Run, "journal.db"), "");
        await Refused("the sweep of its folder has begun");
        File.Delete(Path.Combine(Run, "journal.db"));
        Assert.Equal(ExitCode.Ok, (await Planned("--tokenizer", Reference("tokenizer"))).ExitCode);
        Assert.Equal(right, await File.ReadAllTextAsync(file));

        string[] edits =
        [
            right.Replace("name = \"theirs\"", "name = \"mine\"", StringComparison.Ordinal),
            right.Replace("# Written", "# I wrote", StringComparison.Ordinal),
        ];
        foreach (var edited in edits)
        {
            await File.WriteAllTextAsync(file, edited);
            await Refused("not what `sweeps import` wrote");
            Assert.Equal(edited, await File.ReadAllTextAsync(file));
        }

        async Task Refused(string expected)
        {
            var run = await Planned("--tokenizer", Reference("tokenizer"), "--tasks", "set_or_string");
            Assert.Equal(ExitCode.Refused, run.ExitCode);
            Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_corpus_may_be_one_file_and_the_tokenizer_a_tokenizer_json()
    {
        var (book, folder) = (Path.Combine(_folder, "book.txt"), Path.Combine(_folder, "json"));
        await File.WriteAllTextAsync(book, string.Concat(Directory.GetFiles(Corpus).Select(File.ReadAllText)));
        Directory.CreateDirectory(folder);
        var tokenizer = Path.Combine(folder, "tokenizer.json");
        await File.WriteAllTextAsync(tokenizer, TokenizerJson());
        foreach (var given in new[] { tokenizer, folder })
        {
            Assert.Equal(ExitCode.Ok, (await Planned("--corpus", book, "--tokenizer", given)).ExitCode);
            var text = await File.ReadAllTextAsync(Path.Combine(Run, ImportFile.Name));
            Assert.Contains($"corpus.files.path = \"{book}\"", text, StringComparison.Ordinal);
            Assert.Contains($"tokenizer.json_path = \"{tokenizer}\"", text, StringComparison.Ordinal);
        }
        File.Copy(tokenizer, Path.Combine(Model, "tokenizer.json"));
        Assert.Equal(ExitCode.Ok, (await Planned("--corpus", book)).ExitCode);

        var nothing = await Planned("--corpus", Path.Combine(_folder, "nothing"));
        Assert.Equal(ExitCode.Invalid, nothing.ExitCode);
        Assert.Contains("expected a folder or a file of text", nothing.Error, StringComparison.Ordinal);
        var empty = await Planned("--tokenizer", Corpus);
        Assert.Equal(ExitCode.Invalid, empty.ExitCode);
        Assert.Contains(
            "expected a folder with encoder.json and vocab.bpe, or a tokenizer.json", empty.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Published_circuits_are_found_by_the_tasks_that_their_folders_name()
    {
        var viz = Path.Combine(_folder, "viz");
        await Refused("expected a folder or a viz_data.pt");
        var place = Directory.CreateDirectory(Path.Combine(viz, "single_double_qoute_beeg3", "v4", "k_optim")).FullName;
        await Refused("expected a folder with a viz_data.pt below it");
        File.Copy(
            Path.Combine(Reference("viz"), "whole", "single_double_quote_beeg3", "prune_v4", "k_optim", "viz_data.pt"),
            Path.Combine(place, "viz_data.pt"));
        await Refused(
            "is of the task \"single_double_qoute_beeg3\" by its place (TASK/SWEEP/K/viz_data.pt), and there is none of that name: did "
                + "you mean single_double_quote?");
        Directory.Move(Path.Combine(viz, "single_double_qoute_beeg3"), Path.Combine(viz, "single_double_quote_beeg"));
        var other = Directory.CreateDirectory(Path.Combine(viz, "single_double_quote", "v4", "7")).FullName;
        File.Copy(Path.Combine(viz, "single_double_quote_beeg", "v4", "k_optim", "viz_data.pt"), Path.Combine(other, "viz_data.pt"));
        await Refused("has two circuits of single_double_quote");
        Assert.False(Directory.Exists(Run));

        async Task Refused(string expected)
        {
            var run = await CommandLineRun.OfAsync(
                "import", Model, "--corpus", Corpus, "--tokenizer", Reference("tokenizer"), "--dir", Run, "--circuits", viz, "--dry-run");
            Assert.Equal(ExitCode.Invalid, run.ExitCode);
            Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_doctor_says_what_is_in_a_model_s_folder()
    {
        var said = await CommandLineRun.OfAsync("doctor", Model);
        Assert.Equal((ExitCode.Ok, ""), (said.ExitCode, said.Error));
        Assert.Contains(
            "2 layers of d_model 16: 2 heads of width 8 and 32 neurons each; 280 tokens, at most 300 in context; AbsTopK keeps 25.0 %",
            said.Output, StringComparison.Ordinal);
        Assert.Contains("transformer.h.1.mlp.c_proj.weight", said.Output, StringComparison.Ordinal);
        var nothing = await CommandLineRun.OfAsync("doctor", _folder);
        Assert.Equal(ExitCode.Invalid, nothing.ExitCode);
        Assert.Contains("holds no model", nothing.Error, StringComparison.Ordinal);
    }

    private async Task<CommandLineRun> Import(params string[] more)
    {
        string[] tokenizer = more.Contains("--tokenizer") ? [] : ["--tokenizer", Reference("tokenizer")];
        return await SweepProcess.OfAsync(
            ["import", Model, "--corpus", Corpus, "--tasks", "single_double_quote", "--dir", Run, "--devices", "cpu", .. tokenizer,
            .. more]);
    }

    // What is said of a sweep before it begins; the folder has its sweep file afterwards.
    private Task<CommandLineRun> Planned(params string[] more)
    {
        string[] corpus = more.Contains("--corpus") ? [] : ["--corpus", Corpus];
        string[] tasks = more.Contains("--tasks") ? [] : ["--tasks", "single_double_quote"];
        return SweepProcess.OfAsync(["import", Model, "--dir", Run, "--dry-run", "--quick", .. corpus, .. tasks, .. more]);
    }

    // The tiny tokenizer in Hugging Face's form, which is that of the larger one.
    private static string TokenizerJson()
    {
        var json = JsonNode.Parse(File.ReadAllText(RepositoryFile.Path("Tests/Reference/tokenizers/tinypython/tokenizer.json")))!;
        var entries = JsonNode.Parse(File.ReadAllText(Path.Combine(Reference("tokenizer"), "encoder.json")))!.AsObject();
        json["added_tokens"]![0]!["id"] = entries["<|endoftext|>"]!.GetValue<int>();
        entries.Remove("<|endoftext|>");
        json["model"]!["vocab"] = entries;
        var merges = File.ReadLines(Path.Combine(Reference("tokenizer"), "vocab.bpe")).Skip(1);
        json["model"]!["merges"] = new JsonArray(merges.Select(merge => (JsonNode?)JsonValue.Create(merge)).ToArray());
        return json.ToJsonString();
    }

    private JsonElement Report() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Run, "report.json"))).RootElement;

    private string Context() =>
        Report().GetProperty("spec").GetProperty("imported").GetProperty("theirs").GetProperty("content").GetProperty(
            "model").GetProperty("nCtx").ToString();

    private static string Reference(string name) => RepositoryFile.Path($"Tests/Reference/checkpoints/{name}");
}
