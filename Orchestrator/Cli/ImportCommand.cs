using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sweeps.ModelCore.Importing;
using Sweeps.ModelCore.Model;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps import FOLDER</c>: writes a sweep file for a model that was trained elsewhere, and runs it.</summary>
internal static class ImportCommand
{
    /// <summary>The tasks of the paper's qualitative results.</summary>
    private const string DefaultTasks = "single_double_quote,bracket_counting,set_or_string_fixedvarname";

    // The released models have room for 1,024 tokens, and were trained on 256 (train.py).
    private const int TrainedContext = 256;

    private static readonly JsonSerializerOptions _text = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(Terminal terminal)
    {
        var source =
            new Argument<string>("FOLDER")
            {
                Description = "The model: a folder in OpenAI's layout, one with a model.safetensors, or a "
                    + ".safetensors file."
            };
        var name = new Option<string?>("--name")
        {
            Description = "What the model and the sweep are called. Default: the folder's name.",
            HelpName = "NAME",
        };
        var corpus = new Option<string>("--corpus")
        {
            Description = "A folder of .py files, or one file of text: what means and losses are taken on.",
            HelpName = "PATH",
            Required = true,
        };
        var tokenizer =
            new Option<string?>("--tokenizer")
            {
                Description = "The folder with the model's encoder.json and vocab.bpe, or a tokenizer.json. Default: beside "
                    + "the model, in tinypython beside models, or in its sweep's corpus.",
                HelpName = "PATH",
            };
        var tasks = new Option<string>("--tasks")
        {
            Description = $"Tasks, with commas. Default: {DefaultTasks}.",
            HelpName = "LIST",
            DefaultValueFactory = _ => DefaultTasks,
        };
        var mapping = new Option<string?>("--mapping")
        {
            Description = "How the tensors of another program's .safetensors are to be read.",
            HelpName = "FILE",
        };
        var circuits =
            new Option<string?>("--circuits")
            {
                Description = "Circuits that were published with the model: a folder with "
                    + "TASK/…/…/viz_data.pt below it, or one such file.",
                HelpName = "VIZ_DIR",
            };
        var completions = new Option<string[]>("--completions")
        {
            Description =
                "What follows the first and the second kind of a published circuit's own samples, one token each; for a single circuit.",
            HelpName = "A B",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        var with =
            new Option<string?>("--with")
            {
                Description = "A sweep file with further options, such as search and pruning; it is included.",
                HelpName = "FILE",
            };
        var folder = new Option<string?>("--dir")
        {
            Description = $"The sweep's folder. Default: {RunCommand.Runs}/ and the name.",
            HelpName = "DIR",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Write the sweep file and say what the sweep takes; start nothing." };
        var quick = new Option<bool>("--quick") { Description = "With --dry-run: measure nothing, and say no hours." };
        var (devices, http) = (RunCommand.DevicesOption(), RunCommand.HttpOption());
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "import", "Finds circuits in a model that was trained elsewhere: writes a sweep file that imports it, and runs that.")
        {
            source, name, corpus, tokenizer, tasks, mapping, circuits, completions, with, folder, devices, dryRun, quick, http, config,
            json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), () =>
        {
            var model = Path.GetFullPath(parsed.GetRequiredValue(source));
            var called = parsed.GetValue(name)
                ?? Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(model) + (File.Exists(model) ? "" : "."));
            var files = Files(new ImportedModel { Path = model, MappingPath = Full(parsed.GetValue(mapping)) });
            var published = PublishedCircuits.Find(parsed.GetValue(circuits), parsed.GetValue(completions) ?? []);
            string[] named = [.. parsed.GetRequiredValue(tasks).Split(
                ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
            var text = Compose(
                called, $"path = {Quote(model)}{Mapping(files)}{Context(files)}{Circuits(published)}",
                Corpus(parsed.GetRequiredValue(corpus)), ImportTokenizer.Find(model, parsed.GetValue(tokenizer)),
                [.. named.Union(published.Keys)], Included(parsed.GetValue(with)));
            var place = Path.GetFullPath(parsed.GetValue(folder) ?? Path.Combine(RunCommand.Runs, called));
            var path = ImportFile.Write(place, text);
            Tell(path, files.Form, terminal, parsed.GetValue(json));
            return parsed.GetValue(dryRun)
                ? RunCommand.PlanAsync(
                    path, parsed.GetValue(quick), RunCommand.Options(parsed, devices, http, config), terminal, parsed.GetValue(json))
                : RunCommand.RunAsync(
                    path, place, extend: false, RunCommand.Options(parsed, devices, http, config), terminal, parsed.GetValue(json));
        }));
        return command;
    }

    private static string Compose(
        string name, string model, string corpus, TokenizerOptions tokenizer, IReadOnlyList<string> tasks, string? included)
    {
        var text = new StringBuilder();
        text.Append($"name = {Quote(name)}\n");
        text.Append($"corpus.files.path = {Quote(corpus)}\n");
        text.Append($"{Tokenizer(tokenizer)}\n");
        text.Append($"imported {{ {Quote(name)} {{ {model} }} }}\n");
        text.Append($"tasks = [{string.Join(", ", tasks.Select(Quote))}]\n");
        if (included is not null) text.Append($"include {Quote(included)}\n");
        return text.ToString();
    }

    private static string Tokenizer(TokenizerOptions files) => files.JsonPath is { } json
        ? $"tokenizer.json_path = {Quote(json)}"
        : $"tokenizer {{ encoder_path = {Quote(files.EncoderPath!)}, merges_path = {Quote(files.MergesPath!)} }}";

    private static string Mapping(SourceFiles files) => files.Form == SourceForm.Mapped ? $", mapping_path = {Quote(files.Paths[1])}" : "";

    private static string Circuits(IReadOnlyDictionary<string, GivenCircuit> published)
    {
        var entries = published.Select(
            circuit => $"{Quote(circuit.Key)} {{ path = {Quote(circuit.Value.Path)}{Completions(circuit.Value)} }}");
        return published.Count == 0 ? "" : $", circuits {{ {string.Join(", ", entries)} }}";
    }

    private static string Completions(GivenCircuit circuit) =>
        circuit.Completions.Count == 0 ? "" : $", completions = [{string.Join(", ", circuit.Completions.Select(Quote))}]";

    private static string Context(SourceFiles files)
    {
        if (files.Form != SourceForm.OpenAi) return "";
        try
        {
            return OpenAiCheckpoint.ReadConfig(files.Paths[0]).NCtx > TrainedContext ? $", n_ctx = {TrainedContext}" : "";
        }
        catch (InvalidDataException e)
        {
            throw new CliException(ExitCode.Invalid, e.Message, e);
        }
    }

    private static SourceFiles Files(ImportedModel source)
    {
        try
        {
            return SourceFiles.Of(source);
        }
        catch (Exception e) when (e is FileNotFoundException or InvalidDataException)
        {
            throw new CliException(ExitCode.Invalid, e.Message, e);
        }
    }

    private static string Corpus(string path) => Path.GetFullPath(path) is var full && Path.Exists(full)
        ? full
        : throw new CliException(ExitCode.Invalid, $"--corpus is {path}: expected a folder or a file of text");

    private static string? Included(string? file) => Full(file) is not { } full || File.Exists(full)
        ? Full(file)
        : throw new CliException(ExitCode.Invalid, $"--with is {file}: expected a file");

    private static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);

    private static void Tell(string path, SourceForm form, Terminal terminal, bool json)
    {
        if (json)
        {
            terminal.Json(new { @event = "composed", file = path });
            return;
        }
        terminal.Line($"Sweep file: {path}");
        if (form == SourceForm.OpenAi)
            terminal.Line(
                "OpenAI's corpus is not public. Means and losses are taken on yours, and so differ from theirs, as does all that holds "
                    + "nodes at their mean.");
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text, _text);
}
