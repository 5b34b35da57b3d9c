using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>What autoencoders of one location are compared with, fitted to training activations when first asked for.</summary>
internal sealed class Baselines : IDisposable
{
    private readonly EvaluateDictionariesJob _job;
    private readonly ValueLocation _at;
    private readonly Transformer _model;
    private readonly IJobContext _context;
    private readonly Tensor _x; // (n, d)
    private (Tensor Atoms, Tensor Mean)? _principal;
    private (Tensor Atoms, Tensor Unmixing, Tensor Mean)? _independent;
    private Tensor? _random;

    /// <param name="job">location, sizes and seed</param>
    /// <param name="model">whose activations</param>
    /// <param name="train">training tokens, of which evenly spaced windows are used</param>
    /// <param name="context">is told of progress, and asked whether to stop</param>
    internal Baselines(EvaluateDictionariesJob job, Transformer model, TokenFile train, IJobContext context)
    {
        (_job, _model, _context) = (job, model, context);
        _at = ValueLocation.Parse(job.Location);
        _x = Activations(train).DetachFromDisposeScope();
    }

    internal static string NameOf(BaselineKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    /// <summary>Features that a kind can use for an activation, at most.</summary>
    internal int Most(BaselineKind kind) => kind switch
    {
        BaselineKind.Ica => (int)Independent.Unmixing.size(0),
        BaselineKind.Random => (int)Random.size(0),
        _ => (int)_x.size(1),
    };

    /// <summary>A dictionary.</summary>
    /// <param name="kind">which</param>
    /// <param name="k">features used for each activation</param>
    internal FeatureDictionary Make(BaselineKind kind, int k)
    {
        using var noGradient = torch.no_grad();
        var origin = new DictionaryOrigin(NameOf(kind), _at, _job.Model.Sha256);
        var d = _x.size(1);
        return kind switch
        {
            BaselineKind.Pca or BaselineKind.PcaFirst => new PrincipalComponents(
                origin, Principal.Atoms.clone(), Principal.Mean.clone(), k),
            BaselineKind.Ica => new IndependentComponents(
                origin, Independent.Atoms.clone(), Independent.Mean.clone(), Independent.Unmixing.clone(), k),
            BaselineKind.Random => new RandomDirections(origin, Random.clone(), Mean(), k),
            BaselineKind.Neurons => new Neurons(
                origin, torch.eye(d, device: _x.device), torch.zeros([d], ScalarType.Float32, _x.device), k),
            _ => throw new InvalidOperationException($"nothing makes {kind}"),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _x.Dispose();
        _principal?.Atoms.Dispose();
        _principal?.Mean.Dispose();
        _independent?.Atoms.Dispose();
        _independent?.Unmixing.Dispose();
        _independent?.Mean.Dispose();
        _random?.Dispose();
    }

    private (Tensor Atoms, Tensor Mean) Principal
    {
        get
        {
            if (_principal is { } made) return made;
            Report(0, 1, "principal components");
            var (atoms, mean) = PrincipalComponents.Fit(_x);
            _principal = (atoms.DetachFromDisposeScope(), mean.DetachFromDisposeScope());
            return _principal.Value;
        }
    }

    private (Tensor Atoms, Tensor Unmixing, Tensor Mean) Independent
    {
        get
        {
            if (_independent is { } made) return made;
            var (atoms, unmixing, mean) = IndependentComponents.Fit(
                _x, _job.IcaIterations, KeyedRandom.DeriveSeed(_job.Seed, "ica"),
                iteration => Report(iteration, _job.IcaIterations, "independent components"));
            _independent = (atoms.DetachFromDisposeScope(), unmixing.DetachFromDisposeScope(), mean.DetachFromDisposeScope());
            return _independent.Value;
        }
    }

    private Tensor Random
    {
        get
        {
            if (_random is not null) return _random;
            var d = _x.size(1);
            using var drawn = RandomDirections.Draw(
                Math.Max(1, (long)Math.Round(_job.RandomRatio * d)), d, KeyedRandom.DeriveSeed(_job.Seed, "random"));
            return _random = drawn.to(_x.device, copy: true).DetachFromDisposeScope();
        }
    }

    private Tensor Mean()
    {
        using var wide = _x.mean([0], type: ScalarType.Float64);
        return wide.to(ScalarType.Float32);
    }

    private Tensor Activations(TokenFile train)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var windows = DictionaryEvaluation.Windows(train, _model.Config.NCtx, _job.FitTokens, _job.SkipTokens);
        List<Tensor> parts = [];
        foreach (var (i, batch) in windows.Index())
        {
            Report(i, windows.Count, "activations");
            using var batchScope = torch.NewDisposeScope();
            var (tokens, _) = batch.ToTensors(_model.FinalLogitsBias.device);
            var value = _model.ValueAt(_at, tokens);
            parts.Add(value.narrow(1, _job.SkipTokens, value.size(1) - _job.SkipTokens).reshape(-1, value.size(2)).clone()
                .MoveToOuterDisposeScope());
        }
        var all = torch.cat(parts);
        return all.narrow(0, 0, Math.Min(_job.FitTokens, all.size(0))).clone().MoveToOuterDisposeScope();
    }

    private void Report(int done, int all, string what)
    {
        _context.Cancelled.ThrowIfCancellationRequested();
        _context.Report(new JobProgress(done, all, null, what));
    }
}
