using System.Globalization;
using System.Text.RegularExpressions;
using Sweeps.Actors.Sweeps;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Tasks;
using Sweeps.Search;

namespace Sweeps.Orchestrator.Configuration;

/// <summary>Reads sweep files.</summary>
internal static partial class SweepFile
{
    /// <summary>Reads and checks a sweep as a whole. Its relative paths are relative to the file.</summary>
    /// <param name="path">the file</param>
    /// <param name="environment">what substitutions fall back to; the process's environment by default</param>
    /// <exception cref="InvalidConfigurationException">something is wrong in it; the exception lists everything</exception>
    public static SweepSpec Load(string path, Func<string, string?>? environment = null) => Load(SweepDocument.Of(path, environment));

    /// <summary>Reads and checks a sweep as a whole.</summary>
    /// <exception cref="InvalidConfigurationException">something is wrong in it; the exception lists everything</exception>
    public static SweepSpec Load(SweepDocument document)
    {
        var trains = true;
        var spec = document.Read((read, binder) =>
        {
            trains = TrainsModels(read, binder);
            Check(read, binder);
            CheckImported(read, trains, binder);
        });
        return WithPaths(spec, document) with
        {
            TrainModels = trains,
            Imported = new SortedDictionary<string, ImportedModel>(spec.Imported.ToDictionary(), StringComparer.Ordinal),
        };
    }

    /// <summary>Checks what a sweep file names outside of it: that the corpus and the tokenizer can be made from it.</summary>
    /// <param name="path">a file that <see cref="Load(string, Func{string, string?}?)"/> has read</param>
    /// <exception cref="InvalidConfigurationException">something is missing or wrong; the exception lists everything</exception>
    public static void CheckSources(string path) => CheckSources(SweepDocument.Of(path));

    /// <summary>As <see cref="CheckSources(string)"/>, of a document.</summary>
    /// <exception cref="InvalidConfigurationException">something is missing or wrong; the exception lists everything</exception>
    public static void CheckSources(SweepDocument document) => document.Read((spec, binder) =>
    {
        foreach (var (key, problem) in CorpusSources.Check(spec.Corpus, spec.Tokenizer)) binder.Add(key, problem);
        foreach (var folder in WithPaths(spec, document).Reuse.Where(folder => !SweepFolder.HasSweep(folder)))
            binder.Add("reuse", $"reuse: {folder} holds no sweep: expected the folder of a run");
    });

    private static SweepSpec WithPaths(SweepSpec spec, SweepDocument document) => spec with
    {
        Reuse = [.. spec.Reuse.Select(folder => Path.GetFullPath(folder, document.Folder))],
    };

    private static void Check(SweepSpec spec, RecordBinder binder)
    {
        if (!Name().IsMatch(spec.Name))
            binder.Add(
                "name", $"name is \"{spec.Name}\": expected up to 64 letters, digits, '-', '_' and '.', the first a letter or digit");
        if (binder.Has("model.vocab_size"))
            binder.Add(
                "model.vocab_size",
                $"model.vocab_size is {spec.Model.VocabSize}: expected no such key, as the size comes from the tokenizer "
                    + $"(tokenizer.vocab_size)");
        TaskFile.CheckNames(spec.OwnTasks.Keys, binder);
        string[] builtIn = [.. TaskCatalog.All.Select(task => task.Name)];
        CheckNames(binder, "tasks", spec.Tasks, [.. builtIn, .. spec.OwnTasks.Keys], "task");
        CheckNames(binder, "corpus.idioms.focus", spec.Corpus.Idioms?.Focus ?? [], builtIn, "task");
        CheckNames(binder, "search.algorithm", [spec.Search.Algorithm], SearchAlgorithms.Names, "algorithm");
        CheckNames(binder, "search.warm_start", spec.Search.WarmStart, spec.Tasks, "task of this sweep");
        CheckTrainingSearch(spec, binder);
        if (!spec.EarlyStopping.Validate().Any())
            foreach (var (key, problem) in spec.EarlyStoppingProblems()) binder.Add(key, problem);
        if (spec.Search.WarmStart.Count > 0 && spec.Tasks.Count > 0 && !spec.Tasks.Except(spec.Search.WarmStart).Any())
            binder.Add("search.warm_start", "search.warm_start has every task: expected at least one that is left to begin from them");
        CheckTargetLosses(spec, binder);
        CheckGrid(spec, binder);
        CheckAutoencoders(spec, binder);
        CheckBridges(spec, binder);
    }

    // Whoever names models to import and says nothing of any to train wants none.
    private static bool TrainsModels(SweepSpec spec, RecordBinder binder) => binder.Has("train_models")
        ? spec.TrainModels
        : spec.Imported.Count == 0 || binder.Has("model") || binder.Has("training") || binder.Has("training_search") || binder.Has("grid");

    private static void CheckImported(SweepSpec spec, bool trains, RecordBinder binder)
    {
        if (!trains && spec.Imported.Count == 0)
            binder.Add("train_models", "train_models is false, and there is no imported model: expected one, or true");
        foreach (var name in spec.Imported.Keys.Where(name => !Name().IsMatch(name)))
            binder.Add(
                "imported", $"imported has \"{name}\": expected up to 64 letters, digits, '-', '_' and '.', the first a letter or digit");
        foreach (var (name, model) in spec.Imported)
        {
            foreach (var task in model.Circuits.Keys.Except(spec.Tasks))
                binder.Add(
                    "imported",
                    $"imported.{name}.circuits has \"{task}\": expected a task of this sweep (tasks), on whose pairs the circuit is "
                        + $"measured");
        }
        if (spec.Imported.Count > 0 && spec.Tokenizer is { EncoderPath: null, JsonPath: null })
        {
            binder.Add(
                "imported",
                "imported has models, but tokenizer.encoder_path and merges_path, or json_path, are missing: expected the files of the "
                    + "tokenizer that they were trained with");
        }
    }

    private static void CheckTrainingSearch(SweepSpec spec, RecordBinder binder)
    {
        CheckNames(binder, "training_search.algorithm", [spec.TrainingSearch.Algorithm], SearchAlgorithms.Names, "algorithm");
        // Where it begins can only be judged of a search that is right in itself.
        if (spec.TrainingSearch.Validate().Any()) return;
        foreach (var (key, problem) in spec.TrainingSearchProblems())
            binder.Add(binder.Has(key) ? key : $"training_search.space.{key.Split('.')[1]}", problem);
    }

    private static void CheckAutoencoders(SweepSpec spec, RecordBinder binder)
    {
        if (binder.Has("autoencoders") && !binder.Has("autoencoders.locations"))
            binder.Add("autoencoders", "autoencoders.locations is missing: expected at least one location, such as 1.resid_in");
        // Where they can be trained can only be judged of options that are right in themselves.
        if (spec.Autoencoders.Validate().Any() || spec.Autoencoders.Training.Validate().Any()) return;
        foreach (var (key, problem) in spec.AutoencoderProblems()) binder.Add(key, problem);
    }

    private static void CheckBridges(SweepSpec spec, RecordBinder binder)
    {
        if (binder.Has("bridges") && !binder.Has("bridges.dense"))
            binder.Add("bridges", "bridges.dense is missing: expected the dense model of the sweep that bridges lead to");
        // Which models there are can only be told of a grid that is right in itself.
        if (spec.Bridges.IsOn && !spec.Bridges.Validate().Any() && !spec.Grid.Validate().Any())
            foreach (var (key, problem) in SweepPlan.BridgeProblems(spec)) binder.Add(key, problem);
    }

    private static void CheckTargetLosses(SweepSpec spec, RecordBinder binder)
    {
        foreach (var same in spec.TargetLosses.GroupBy(loss => loss))
        {
            if (!(same.Key > 0 && double.IsFinite(same.Key)))
                binder.Add("target_losses", string.Create(CultureInfo.InvariantCulture, $"target_losses has {same.Key}: expected above 0"));
            else if (same.Count() > 1)
                binder.Add(
                    "target_losses",
                    string.Create(CultureInfo.InvariantCulture, $"target_losses has {same.Key} {same.Count()} times: expected once"));
        }
    }

    /// <summary>A value of the grid has the range of the option that it stands for.</summary>
    private static void CheckGrid(SweepSpec spec, RecordBinder binder)
    {
        Values("d_model", spec.Grid.DModel, value => (spec.Model with { DModel = value }).Validate());
        Values("dense_d_model", spec.Grid.DenseDModel, value => (spec.Model with { DModel = value }).Validate(), of: "d_model");
        foreach (var width in spec.DenseTwice())
            binder.Add(
                "grid.dense_d_model",
                string.Create(
                    CultureInfo.InvariantCulture, $"grid.dense_d_model has {width}: expected no width that the grid has at L0 1"));
        Values("n_layer", spec.Grid.NLayer, value => (spec.Model with { NLayer = value }).Validate());
        Values("l0", spec.Grid.L0, value => (spec.Training with { L0 = value }).Validate());
        var l0 = spec.Grid.L0.Count > 0 ? "grid.l0" : "training.l0";
        foreach (var problem in SweepPlan.Unreachable(spec)) binder.Add(l0, $"{l0}: {problem}");
        if (spec.Grid.L0ReferenceWidth > 0 && spec.Training.EmbeddingL0 is not null)
        {
            binder.Add(
                "training.embedding_l0",
                "training.embedding_l0 is set beside grid.l0_reference_width, which gives the embeddings' L0: expected one of the two");
        }
        Values("peak_lr", spec.Grid.PeakLr, value => (spec.Training with { PeakLr = value }).Validate());
        foreach (var replica in spec.Grid.Replicas.Where(replica => replica < 0))
            binder.Add("grid.replicas", string.Create(CultureInfo.InvariantCulture, $"grid.replicas has {replica}: expected 0 or more"));

        void Values<T>(string key, IEnumerable<T> values, Func<T, IEnumerable<string>> validate, string? of = null)
        {
            var start = (of ?? key) + " is ";
            foreach (var problem in values.SelectMany(validate).Where(problem => problem.StartsWith(start, StringComparison.Ordinal)))
                binder.Add($"grid.{key}", $"grid.{key} has {problem[start.Length..]}");
        }
    }

    private static void CheckNames(RecordBinder binder, string key, IReadOnlyList<string> names, IReadOnlyList<string> known, string what)
    {
        foreach (var name in names.Except(known))
            binder.Add(key, $"{key}: there is no {what} \"{name}\": {NearestName.Expected(name, known)}");
        foreach (var twice in names.GroupBy(name => name).Where(same => same.Count() > 1))
            binder.Add(key, $"{key} has \"{twice.Key}\" {twice.Count()} times: expected once");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
