using Sweeps.ModelCore.Tasks;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Tests.Configuration;

/// <summary>What a sweep file may say, and what is said about one that is wrong.</summary>
public sealed class SweepFileTests : IDisposable
{
    private const string Least = "name = s\ncorpus { idioms {} }\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("sweep").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private SweepSpec Load(string text)
    {
        var path = Path.Combine(_folder, "s.hocon");
        File.WriteAllText(path, text);
        return SweepFile.Load(path, _ => null);
    }

    private string[] Errors(string text) =>
        [.. Assert.Throws<InvalidConfigurationException>(() => Load(text)).Problems.Select(
            problem => problem.ToString().Replace(_folder + "/", "", StringComparison.Ordinal))];

    [Fact]
    public void A_file_that_says_the_least_leaves_every_default()
    {
        var spec = Load(Least);
        var expected = new SweepSpec { Name = "s", Corpus = new() { Idioms = new() } };
        Assert.Empty(SpecDifference.Between(expected, spec));
    }

    [Fact]
    public void Every_kind_of_option_can_be_set()
    {
        var spec = Load("""
            include optional("base.hocon")
            name = full, seed = 18446744073709551615
            corpus {
              validation_fraction = 0.1
              idioms = null
              files { path = texts, extensions = [.py, .txt], max_bytes = 2 MiB }
            }
            tokenizer.vocab_size = 512
            model { n_layer = 2, d_model = 64, activation_sites = [attn.q, mlp.post_act], attention_sink = on, rms_norm_eps = 1e-5 }
            training { l0 = 0.5, l0_anneal_fraction = 0.8, beta2 = 0.9 }
            grid { l0 = [1, 0.25], d_model = [32, 64], replicas = [0, 1] }
            tasks = [single_double_quote, bracket_counting]
            pruning.target_loss = 0.2
            search { algorithm = random, rounds = 4 }
            """);
        Assert.Equal(ulong.MaxValue, spec.Seed);
        Assert.Null(spec.Corpus.Idioms);
        Assert.Equal(Path.Combine(_folder, "texts"), spec.Corpus.Files!.Path);
        Assert.Equal([".py", ".txt"], spec.Corpus.Files.Extensions);
        Assert.Equal(2L << 20, spec.Corpus.Files.MaxBytes);
        Assert.Equal([NodeSite.AttnQ, NodeSite.MlpPostAct], spec.Model.ActivationSites);
        Assert.True(spec.Model.AttentionSink);
        Assert.Equal(1e-5, spec.Model.RmsNormEps);
        Assert.Equal([1, 0.25], spec.Grid.L0);
        Assert.Equal([32, 64], spec.Grid.DModel);
        Assert.Equal(2, spec.Tasks.Count);
        Assert.Equal((0.5, 0.8, 0.9), (spec.Training.L0, spec.Training.L0AnnealFraction, spec.Training.Beta2));
        Assert.Equal(("random", 4, 8), (spec.Search.Algorithm, spec.Search.Rounds, spec.Search.BatchSize));
    }

    [Fact]
    public void All_errors_come_at_once_with_line_value_expectation_and_nearest_key()
    {
        var errors = Errors("""
            name = "a b"
            sed = 1
            corpus {
              idioms { documents = many, wieght = 2 }
              files { path = "", extensions = .py }
            }
            model {
              n_layers = 2
              d_model = 100
              activation_sites = [attn.x]
              vocab_size = 100
            }
            training {
              steps = 1.5
              n_ctx = 64
              peak_lr = 1e999
              l0 = 0
            }
            grid { l0 = [0.5, 2], l0_anneal = 1, d_model = [16, 24] }
            tasks = [single_double_qoute]
            pruning = fast
            search { rounds = 0, zzz = 1 }
            search.algorithm = bayes
            """);
        Assert.Equal(
        [
            "s.hocon:1: name is \"a b\": expected up to 64 letters, digits, '-', '_' and '.', the first a letter or digit",
            "s.hocon:2: sed is not known: did you mean seed?",
            "s.hocon:4: corpus.idioms.documents is \"many\" (a string): expected a whole number",
            "s.hocon:4: corpus.idioms.wieght is not known: did you mean corpus.idioms.weight?",
            "s.hocon:5: corpus.files.extensions is \".py\" (a string): expected a list in [ ] of which each element is a string",
            "s.hocon:5: corpus.files.path is empty: expected a folder or a file",
            "s.hocon:8: model.n_layers is not known: did you mean model.n_layer?",
            "s.hocon:9: model.d_model is 100: expected a positive multiple of d_head (16)",
            "s.hocon:10: model.activation_sites is [\"attn.x\"] (a list): expected a list in [ ] of which each element is one of "
                + "attn.act_in, attn.q, attn.k, attn.v, attn.resid_delta, mlp.act_in, mlp.post_act, mlp.resid_delta",
            "s.hocon:11: model.vocab_size is 100: expected no such key, as the size comes from the tokenizer (tokenizer.vocab_size)",
            "s.hocon:14: training.steps is 1.5 (a number): expected a whole number",
            "s.hocon:15: training.n_ctx is not known: did you mean model.n_ctx?",
            "s.hocon:16: training.peak_lr is 1e999 (a number): expected a finite number",
            "s.hocon:17: training.l0 is 0: expected above 0 and at most 1 (dense)",
            "s.hocon:19: grid.l0_anneal is not known: did you mean training.l0_anneal?",
            "s.hocon:19: grid.d_model has 24: expected a positive multiple of d_head (16)",
            "s.hocon:19: grid.l0 has 2: expected above 0 and at most 1 (dense)",
            "s.hocon:20: tasks: there is no task \"single_double_qoute\": did you mean single_double_quote?",
            "s.hocon:21: pruning is \"fast\" (a string): expected a section { ... }",
            "s.hocon:22: search.zzz is not known: expected one of algorithm, rounds, batch_size, center, space, objective, cost, "
                + "max_cost, stall_rounds, warm_start, carbs",
            "s.hocon:22: search.rounds is 0: expected at least 1",
            "s.hocon:23: search.algorithm: there is no algorithm \"bayes\": expected one of "
                + string.Join(", ", global::Sweeps.Search.SearchAlgorithms.Names),
        ],
        errors);
    }

    [Theory]
    [InlineData("seed = 1", "s.hocon: corpus is missing: expected a section { ... }", "s.hocon: name is missing: expected a string")]
    [InlineData("name = s\ncorpus {}", "s.hocon:2: corpus is empty: expected idioms, files or both")]
    [InlineData(
        Least + "tokenizer { encoder_path = e.json }",
        "s.hocon:3: tokenizer.encoder_path and merges_path belong together: expected both or neither")]
    [InlineData(Least + "grid.l0 = [0.5, 0.5]", "s.hocon:3: grid.l0 has 0.5 2 times: expected each value once")]
    [InlineData(Least + "tasks = [set_or_string, set_or_string]", "s.hocon:3: tasks has \"set_or_string\" 2 times: expected once")]
    [InlineData(Least + "search.center.lr = 1", "s.hocon:3: search.center.lr is 1: expected above 3E-05 and below 0.3")]
    [InlineData(
        Least + "search.space.lr { min = 0.01, max = 0.005 }",
        "s.hocon:3: search.space.lr: bounds are 0.01 and 0.005: expected min below max")]
    [InlineData(Least + "search.space.lr.min = 0.01", "s.hocon:3: search.center.lr is 0.003: expected above 0.01 and below 0.3")]
    [InlineData(
        Least + "search.space.learning_rate.min = 0.01",
        "s.hocon:3: search.space.learning_rate is not known: expected one of k_coef, init_noise_scale, init_noise_bias, weight_decay, "
            + "lr, inv_beta2, lr_warmup_frac, heaviside_temp")]
    [InlineData(
        Least + "search.space.lr.scale = square",
        "s.hocon:3: search.space.lr.scale is \"square\" (a string): expected one of linear, log, logit")]
    [InlineData(Least + "search.carbs.random_samples = 0", "s.hocon:3: search.carbs.random_samples is 0: expected at least 1")]
    [InlineData(Least + "search.stall_rounds = -1", "s.hocon:3: search.stall_rounds is -1: expected 0 or more")]
    [InlineData(Least + "search.objective = size", "s.hocon:3: search.objective is \"size\" (a string): expected one of edges, nodes")]
    [InlineData(
        Least + "search.warm_start = [set_or_string]",
        "s.hocon:3: search.warm_start: there is no task of this sweep \"set_or_string\": expected one of ")]
    [InlineData(
        Least + "tasks = [set_or_string], search.warm_start = [set_or_string]",
        "s.hocon:3: search.warm_start has every task: expected at least one that is left to begin from them")]
    [InlineData(
        Least + "tasks = [set_or_string, bracket_counting], search.warm_start = [bracket]",
        "s.hocon:3: search.warm_start: there is no task of this sweep \"bracket\": expected one of set_or_string, bracket_counting")]
    [InlineData(Least + "grid { l0 = [1, 0.5], d_model = [32, 64], dense_d_model = [16, 24, 32] }",
        "s.hocon:3: grid.dense_d_model has 24: expected a positive multiple of d_head (16)",
            "s.hocon:3: grid.dense_d_model has 32: expected no width that the grid has at L0 1")]
    [InlineData(
        Least + "grid { l0 = [0.5, 0.05], d_model = [64, 128] }",
        "s.hocon:3: grid.l0: l0 is 0.05, which a model of d_model 64 cannot reach: its neurons and channels keep 4 nonzeros each "
        + "(min_nonzeros_per_unit), which is 0.0625 of the weights; expected at least that, a d_model of at least 80, or a smaller "
        + "min_nonzeros_per_unit")]
    [InlineData(
        Least + "model.d_model = 64, grid.l0_reference_width = 64, training.embedding_l0 = 0.5",
        "s.hocon:3: training.embedding_l0 is set beside grid.l0_reference_width, which gives the embeddings' L0: expected one of the two")]
    [InlineData(
        Least + "grid.peak_lr = [0.01, 0.02]\ntraining_search.rounds = 3",
        "s.hocon:3: grid.peak_lr has 2 values beside training_search, which searches the learning rate: expected at most one, where the "
            + "search begins")]
    [InlineData(Least + "training_search.rounds = -1", "s.hocon:3: training_search.rounds is -1: expected 0 (no search) or more")]
    [InlineData(
        Least + "training_search { rounds = 2, batch_size = 0 }", "s.hocon:3: training_search.batch_size is 0: expected at least 1")]
    [InlineData(
        Least + "training_search { rounds = 2000, batch_size = 8 }",
        "s.hocon:3: training_search.rounds is 2000: expected at most 10000 trainings of each group, and there are 8 in a round")]
    [InlineData(Least + "training_search.stall_rounds = -1", "s.hocon:3: training_search.stall_rounds is -1: expected 0 or more")]
    [InlineData(
        Least + "training_search.algorithm = bayes",
        "s.hocon:3: training_search.algorithm: there is no algorithm \"bayes\": expected one of carbs, local, halton, random, uniform")]
    [InlineData(
        Least + "training_search { rounds = 2, algorithm = uniform, space.beta2 {} }",
        "s.hocon:3: training_search.algorithm is uniform: expected one that can search the hyperparameters of this training, and beta2 "
            + "ranges from 0 to 1: a uniform draw expects bounds that are finite in basic space")]
    [InlineData(
        Least + "training_search.space.lr {}",
        "s.hocon:3: training_search.space.lr is not known: expected one of peak_lr, warmup_fraction, weight_decay, beta1, beta2, epsilon, "
            + "clip_rms, init_std, bigram_init, l0_anneal_initial, l0_anneal_start, l0_anneal_fraction")]
    [InlineData(
        Least + "training_search.space.peak_lr.frozen = true",
        "s.hocon:3: training_search.space freezes every hyperparameter: expected at least one that is searched")]
    [InlineData(
        Least + "training_search.space.beta2 { scale = linear, max = 1.5 }",
        "s.hocon:3: training_search.space.beta2.max is 1.5: expected at most 1, as in training.beta2")]
    [InlineData(
        Least + "training_search.space.epsilon { min = 2, max = 1 }",
        "s.hocon:3: training_search.space.epsilon: bounds are 2 and 1: expected min below max")]
    [InlineData(
        Least + "training.peak_lr = 0.5\ntraining_search { rounds = 2, space.peak_lr.max = 0.1 }",
        "s.hocon:3: training.peak_lr is 0.5, where training_search begins: expected above 1E-06 and below 0.1, the bounds of "
            + "training_search.space.peak_lr")]
    [InlineData(
        Least + "grid.peak_lr = [0.5]\ntraining_search { rounds = 2, space.peak_lr.max = 0.1 }",
        "s.hocon:3: grid.peak_lr is 0.5, where training_search begins: expected above 1E-06 and below 0.1, the bounds of "
            + "training_search.space.peak_lr")]
    [InlineData(
        Least + "training_search {\nrounds = 2\nspace.l0_anneal_initial {}\n}",
        "s.hocon:5: training.l0_anneal_initial is 1, where training_search begins: expected above 0.0001 and below 1, the bounds of "
            + "training_search.space.l0_anneal_initial")]
    [InlineData(
        Least + "early_stopping { trainings = asha }",
        "s.hocon:3: early_stopping.trainings is asha, and no model has another to be compared with: expected several values in "
            + "grid.peak_lr, or a training_search")]
    [InlineData(
        Least + "grid.peak_lr = [0.1, 0.01], training { steps = 600, eval_every = 400 }\n"
            + "early_stopping { trainings = median, first_rung = 0.7 }",
        "s.hocon:4: early_stopping.trainings is median, and no training is evaluated from step 420 (early_stopping.first_rung × "
            + "training.steps) on before its end: expected a smaller training.eval_every than 400, or an earlier first_rung")]
    [InlineData(
        Least + "early_stopping { first_rung = 1, reduction = 0.5 }",
        "s.hocon:3: early_stopping.first_rung is 1: expected above 0 and below 1",
        "s.hocon:3: early_stopping.reduction is 0.5: expected above 1")]
    [InlineData(
        Least + "early_stopping.trainings = hyperband",
        "s.hocon:3: early_stopping.trainings is \"hyperband\" (a string): expected one of none, median, asha")]
    [InlineData(Least + "grid.dense_d_model = [32, 32]", "s.hocon:3: grid.dense_d_model has 32 2 times: expected each value once")]
    [InlineData(
        Least + "target_losses = [0.5, 0, 0.5]", "s.hocon:3: target_losses has 0.5 2 times: expected once",
        "s.hocon:3: target_losses has 0: expected above 0")]
    [InlineData(Least + "seed = -1", "s.hocon:3: seed is -1 (a number): expected a whole number, 0 or more")]
    [InlineData(Least + "model = null", "s.hocon:3: model is null (null): expected a section { ... }")]
    [InlineData(
        Least + "training.steps = ${STEPS}",
        "s.hocon:3: ${STEPS} has no value: expected a key of that path, written before this one where it refers to itself, or an "
            + "environment variable; or ${?...} where it may be missing")]
    [InlineData(Least + "model {\n", "s.hocon:4: the '{' at s.hocon:3 is never closed")]
    public void A_wrong_file_is_refused(string text, params string[] errors) => Assert.Equal(errors.Order(), Errors(text).Order());

    [Fact]
    public void Every_built_in_task_may_be_asked_for_and_focused_on()
    {
        var names = string.Join(", ", TaskCatalog.All.Select(task => task.Name));
        var spec = Load($"name = s\ncorpus.idioms.focus = [{names}]\ntasks = [{names}]");
        Assert.Equal(20, spec.Tasks.Count);
        Assert.Equal(spec.Tasks, spec.Corpus.Idioms!.Focus);
    }

    [Fact]
    public void An_error_in_an_included_file_is_reported_there()
    {
        File.WriteAllText(Path.Combine(_folder, "model.hocon"), "\nmodel.n_layer = 0");
        Assert.Equal(["model.hocon:2: model.n_layer is 0: expected at least 1"], Errors(Least + "include \"model.hocon\""));
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_error_that_names_it() =>
        Assert.StartsWith(
            "nothing.hocon: the file cannot be read",
            Assert.Throws<InvalidConfigurationException>(() => SweepFile.Load("nothing.hocon")).Message, StringComparison.Ordinal);

    [Fact]
    public void Differences_name_each_key_with_both_values()
    {
        var before = Load(Least + "training.steps = 100, grid.l0 = [1, 0.5]");
        var after = Load("name = s, corpus.files.path = x\ntraining { steps = 200, epsilon = 0.1 }, grid.l0 = [1], seed = 2");
        Assert.Equal(
            ["seed: 1 → 2", "corpus.idioms.documents: 50000 → null", "training.steps: 100 → 200", "grid.l0: [1, 0.5] → [1]",
            $"corpus.files.path: null → \"{_folder}/x\""],
            SpecDifference.Between(before, after)
                .Where(
                    difference =>
                        !difference.Key.StartsWith("corpus.", StringComparison.Ordinal) || difference.Key is "corpus.idioms.documents"
                            or "corpus.files.path")
                .Select(difference => $"{difference.Key}: {difference.Before} → {difference.After}"));
    }
}
